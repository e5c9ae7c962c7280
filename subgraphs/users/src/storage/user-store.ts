import { LockMode, raw } from '@mikro-orm/core';
import { appendEvents } from '@storefront/platform/outbox/append-events.ts';
import { isUniqueViolation } from '@storefront/platform/postgres/errors.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { User } from '../domain/user.ts';
import type { Users } from '../use-cases/ports.ts';
import { UserEntity, type UserRow } from './entities.ts';

/** The accounts in Postgres, with what lists and references need. */
export interface UserStore extends Users {
  /** Those that exist, by id, in one statement. Texts that are no ids are left out. */
  byIds(ids: readonly string[]): Promise<Map<string, User>>;
  /** Up to `limit` accounts with ids above `afterId`, ascending. */
  page(page: { limit: number; afterId: string | null }): Promise<User[]>;
}

/** Opens the store of accounts. Each call takes an entity manager of its own. */
export function createUserStore({ postgres }: { postgres: Postgres }): UserStore {
  const byIds: UserStore['byIds'] = async (ids) => {
    const known = ids.filter(isRowId);
    if (known.length === 0) return new Map();
    const rows = await postgres.fork().find(UserEntity, { id: { $in: known } });
    return new Map(rows.map((row) => [row.id, toUser(row)]));
  };
  return {
    byIds,
    byId: async (id) => (await byIds([id])).get(id) ?? null,
    byEmail: async (email) => {
      const row = await postgres.fork().findOne(UserEntity, { [raw('lower(email)')]: email.toLowerCase() });
      return row && toUser(row);
    },
    page: async ({ limit, afterId }) => {
      const where = afterId === null ? {} : { id: { $gt: afterId } };
      const rows = await postgres.fork().find(UserEntity, where, { orderBy: { id: 'asc' }, limit });
      return rows.map(toUser);
    },
    insert: (user) =>
      orEmailTaken(async () => ({ ...user, id: await postgres.fork().insert(UserEntity, { ...user }) })),
    change: (id, change, tell) => orEmailTaken(() => changeRow(postgres, id, { change, tell })),
    remove: async (id, events) => {
      if (!isRowId(id)) return false;
      return postgres.fork().transactional(async (em) => {
        const removed = await em.nativeDelete(UserEntity, { id });
        if (removed === 0) return false;
        await appendEvents(em, events);
        return true;
      });
    },
  };
}

async function changeRow(
  postgres: Postgres,
  id: string,
  { change, tell }: { change: (user: User) => User; tell?: Parameters<Users['change']>[2] },
): Promise<User | null> {
  if (!isRowId(id)) return null;
  return postgres.fork().transactional(async (em) => {
    const row = await em.findOne(UserEntity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (row === null) return null;
    const before = toUser(row);
    const changed = change(before);
    em.assign(row, changed);
    const events = tell?.(before, changed) ?? [];
    if (events.length > 0) await appendEvents(em, events);
    return changed;
  });
}

async function orEmailTaken<T>(write: () => Promise<T>): Promise<T | 'email-taken'> {
  try {
    return await write();
  } catch (fault) {
    if (isUniqueViolation(fault, 'users_email_key')) return 'email-taken';
    throw fault;
  }
}

function toUser(row: UserRow): User {
  const { id, name, email, role, passwordHash, sessionEpoch, loyaltyPoints, createdAt, updatedAt } = row;
  return {
    id,
    name,
    email,
    role,
    passwordHash: passwordHash ?? null,
    sessionEpoch,
    loyaltyPoints,
    createdAt,
    updatedAt,
  };
}
