import { Client, DatabaseError } from 'pg';
import { checkIdentifier, databaseUnreachable } from './connection.ts';

const STATEMENT_TIMEOUT_MS = 30_000;
const DUPLICATES: readonly (string | undefined)[] = ['42P04', '42710', '23505'];

/** Who gets which schema. `adminUrl` is the URL of a role that may create roles and schemas in the database it names. */
export interface Provision {
  readonly adminUrl: string;
  readonly schema: string;
  readonly role: string;
  readonly password: string;
}

/**
 * Creates the role and its schema in the database that `adminUrl` names, or brings them into this state, and returns the
 * URL of the role. The role owns its schema, sees no other, and nobody sees its own. Safe to repeat, and from several
 * processes at once.
 * @throws CodedError DATABASE_UNREACHABLE
 */
export async function provisionSchema({ adminUrl, schema, role, password }: Provision): Promise<string> {
  checkIdentifier(schema);
  checkIdentifier(role);
  await asAdmin(adminUrl, async (client) => {
    await createRole(client, role);
    await client.query('begin');
    await client.query("select pg_advisory_xact_lock(hashtextextended('provisioning', 0))");
    for (const statement of await statements(client, { schema, role, password })) await client.query(statement);
    await client.query('commit');
  });
  const url = new URL(adminUrl);
  url.username = role;
  url.password = encodeURIComponent(password); // the setter leaves a percent sign as it is
  return url.href;
}

/**
 * Creates a database unless it is there, and returns `adminUrl` with that database in it. Safe from several processes.
 * @throws CodedError DATABASE_UNREACHABLE
 */
export async function createDatabase({ adminUrl, name }: { adminUrl: string; name: string }): Promise<string> {
  checkIdentifier(name);
  await asAdmin(adminUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await unlessThere(client.query(`create database ${name} template template0`));
  });
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops a database, with whoever is connected to it, and then roles that owned nothing else. For tests. */
export async function dropDatabase(adminUrl: string, name: string, roles: readonly string[]): Promise<void> {
  await asAdmin(adminUrl, async (client) => {
    await client.query(`drop database if exists ${checkIdentifier(name)} with (force)`);
    for (const role of roles) await client.query(`drop role if exists ${checkIdentifier(role)}`);
  });
}

/** Roles belong to the whole server, so that a lock inside one database does not keep others from creating the same. */
async function createRole(client: Client, role: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  if (rowCount === 0) await unlessThere(client.query(`create role ${role} login`));
}

async function statements(client: Client, { schema, role, password }: Omit<Provision, 'adminUrl'>): Promise<string[]> {
  const { rows } = await client.query<{ database: string; superuser: boolean }>(
    'select quote_ident(current_database()) as database, rolsuper as superuser from pg_roles where rolname = current_user',
  );
  const { database, superuser } = rows[0] ?? { database: '', superuser: false };
  return [
    `alter role ${role} login password ${client.escapeLiteral(password)}`,
    ...(superuser ? [] : [`grant ${role} to current_user`]),
    `revoke connect, temporary on database ${database} from public`,
    `grant connect on database ${database} to ${role}`,
    'revoke all on schema public from public',
    `create schema if not exists ${schema} authorization ${role}`,
    `alter schema ${schema} owner to ${role}`,
    `revoke all on schema ${schema} from public`,
    `alter role ${role} in database ${database} set search_path = ${schema}`,
  ];
}

async function unlessThere(statement: Promise<unknown>): Promise<void> {
  try {
    await statement;
  } catch (error) {
    if (!(error instanceof DatabaseError && DUPLICATES.includes(error.code))) throw error;
  }
}

/**
 * Works over a connection of its own. @throws CodedError DATABASE_UNREACHABLE, and what `work` throws
 */
export async function asAdmin<Result>(adminUrl: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({
    connectionString: adminUrl,
    application_name: 'provisioning',
    connectionTimeoutMillis: 5_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  });
  client.on('error', () => undefined); // the statement in flight rejects with the same cause
  try {
    await client.connect();
  } catch (cause) {
    throw databaseUnreachable(adminUrl, cause);
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
