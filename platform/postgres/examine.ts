import { Client, DatabaseError } from 'pg';
import { asAdmin } from './provision.ts';

const WRONG_CREDENTIALS: readonly (string | undefined)[] = ['28P01', '28000'];

/** Whether a database that is somebody else's can be given our roles and schemas. */
export interface Examination {
  /** The role that was asked with, and the database. */
  readonly admin: string;
  readonly database: string;
  readonly mayCreateRoles: boolean;
  readonly mayCreateSchemas: boolean;
  /** Roles of our names that do not sign in with our password. */
  readonly foreignRoles: readonly string[];
  /** Schemas of our names that belong to another role. */
  readonly foreignSchemas: readonly string[];
}

/**
 * Looks before anything is provisioned: what `adminUrl` may do, and which of the names are taken by somebody else. Each
 * name is a role that owns the schema of that name. Changes nothing.
 * @throws CodedError DATABASE_UNREACHABLE
 */
export async function examineDatabase(
  adminUrl: string,
  passwords: Readonly<Record<string, string>>,
): Promise<Examination> {
  const names = Object.keys(passwords);
  return asAdmin(adminUrl, async (client) => {
    const [row] = (await client.query<Row>(question, [names])).rows;
    if (!row) throw new Error('Postgres does not know the role that asks it');
    const { roles, ...examined } = row;
    const foreign = await Promise.all(roles.map((role) => isRefused(adminUrl, role, passwords[role] ?? '')));
    return { ...examined, foreignRoles: roles.filter((_, index) => foreign[index]) };
  });
}

type Row = Omit<Examination, 'foreignRoles'> & { readonly roles: readonly string[] };

const question = `
  select current_user as admin, current_database() as database,
    rolsuper or rolcreaterole as "mayCreateRoles",
    has_database_privilege(current_database(), 'CREATE') as "mayCreateSchemas",
    array(select rolname::text from pg_roles where rolname = any($1) order by rolname) as roles,
    array(select nspname::text from pg_namespace join pg_roles owners on owners.oid = nspowner
      where nspname = any($1) and owners.rolname <> nspname order by nspname) as "foreignSchemas"
  from pg_roles where rolname = current_user`;

/** True when the server refuses the password. Any other refusal (no right to this database yet) comes after that. */
async function isRefused(adminUrl: string, role: string, password: string): Promise<boolean> {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = encodeURIComponent(password);
  const client = new Client({ connectionString: url.href, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // connect() rejects with the same cause
  try {
    await client.connect();
    return false;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return WRONG_CREDENTIALS.includes(error.code);
  } finally {
    await client.end().catch(() => undefined);
  }
}
