import { Client } from 'pg';
import { databaseUnreachable } from './connection.ts';

const TIMEOUT_MS = 3_000;

/**
 * Asks the server that `url` names one question, over a connection of its own.
 * @throws CodedError DATABASE_UNREACHABLE with host, database and role, and the cause, after 6 s at the latest
 */
export async function pingPostgres(url: string): Promise<void> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  client.on('error', () => undefined); // the question's own promise tells
  try {
    await client.connect();
    await client.query('select 1');
  } catch (cause) {
    throw databaseUnreachable(url, cause);
  } finally {
    await client.end().catch(() => undefined);
  }
}
