import type { EntityManager } from '@mikro-orm/postgresql';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import { type Role, openAccount } from '../domain/user.ts';
import type { Clock, Passwords } from '../use-cases/ports.ts';
import { schemaName } from './entities.ts';

/** An account of the local stack. */
export interface SeedAccount {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly role: Role;
}

interface Deps {
  postgres: Postgres;
  passwords: Passwords;
  clock: Clock;
}

/**
 * Creates the accounts, with ids 1, 2, 3 in their order, where there has never been an account; otherwise nothing.
 * Replicas that start at once take turns: one creates all, the others none. Answers how many it created.
 */
export async function seedAccounts(deps: Deps, accounts: readonly SeedAccount[]): Promise<number> {
  if (accounts.length === 0 || !(await isUntouched(deps.postgres.fork()))) return 0;
  const rows = await Promise.all(accounts.map((account) => toRow(deps, account)));
  return deps.postgres.fork().transactional(async (em) => {
    await em.execute(`select pg_advisory_xact_lock(hashtextextended('${schemaName}.seed', 0))`);
    if (!(await isUntouched(em))) return 0;
    for (const [index, row] of rows.entries()) await em.execute(insertSql, [index + 1, ...row]);
    await em.execute(`select setval('${schemaName}.users_id_seq', ?)`, [rows.length]);
    return rows.length;
  });
}

const insertSql = `
  insert into ${schemaName}.users (id, name, email, role, password_hash, created_at, updated_at)
  overriding system value values (?, ?, ?, ?, ?, ?, ?)`;

/** The counter of ids tells even when the accounts are gone again: ids are never used twice. */
async function isUntouched(em: EntityManager): Promise<boolean> {
  const [counter] = await em.execute<{ is_called: boolean }[]>(`select is_called from ${schemaName}.users_id_seq`);
  return counter?.is_called === false;
}

async function toRow({ passwords, clock }: Deps, { password, ...account }: SeedAccount): Promise<unknown[]> {
  const user = openAccount({ ...account, passwordHash: await passwords.hash(password) }, clock.now());
  return [user.name, user.email, user.role, user.passwordHash, user.createdAt, user.updatedAt];
}
