import { Client, type ClientConfig } from 'pg';
import { CodedError } from '../errors/coded-error.ts';
import type { Log } from '../log/log.ts';

/** How one session of a service behaves; the same for the pool and for connections outside it. Times in milliseconds. */
export interface SessionOptions {
  readonly url: string;
  readonly schema: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly statementTimeoutMs: number;
}

const ACQUIRE_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;

/** The settings of a session: every wait has an end, and unqualified names mean the service's own schema. */
export function sessionConfig({ schema, applicationName, statementTimeoutMs }: SessionOptions): ClientConfig {
  return {
    application_name: applicationName,
    connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    options: `-c search_path=${checkIdentifier(schema)}`,
  };
}

/**
 * Opens a connection outside the pool. Whoever opens it ends it.
 * @throws CodedError DATABASE_UNREACHABLE, after 5 s at the latest
 */
export async function openSession(session: SessionOptions, log: Log): Promise<Client> {
  const client = new Client({
    ...sessionConfig(session),
    connectionString: session.url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  const { applicationName } = session;
  client.on('error', (error) => log.warn({ err: error, applicationName }, 'a Postgres connection broke'));
  try {
    await client.connect();
    return client;
  } catch (cause) {
    throw databaseUnreachable(session.url, cause);
  }
}

/**
 * Returns `name` when it can stand in SQL without quotes: lower-case letters, digits and underscores, 63 at most.
 * @throws TypeError otherwise, so that no text from outside becomes SQL
 */
export function checkIdentifier(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name)) return name;
  throw new TypeError(`not a plain SQL name: ${JSON.stringify(name)}`);
}

/** The fault of a server that cannot be used: says which server, database and role, never the password. */
export function databaseUnreachable(url: string, cause: unknown): CodedError {
  return new CodedError('DATABASE_UNREACHABLE', `cannot use the database ${describeDatabase(url)}`, { cause });
}

function describeDatabase(text: string): string {
  if (!URL.canParse(text)) return 'of an unreadable URL';
  const url = new URL(text);
  return `${url.pathname.slice(1)} on ${url.hostname}:${url.port || '5432'} as ${url.username || 'nobody'}`;
}
