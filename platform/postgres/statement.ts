import type { EntityManager } from '@mikro-orm/postgresql';
import { currentWork } from '../process/work.ts';
import { retryConflicts } from './transact.ts';

/**
 * One statement that says everything that belongs together: it is its own transaction, one trip to the server, and each
 * session plans it once. `name` is its own among those of the service and at most 63 characters long. Parameters are $1,
 * $2 and so on; pass lists as one JSON, so that the text is the same for any length.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Runs a statement outside any unit of work and returns its rows; after a deadlock or a serialization failure again, up to
 * three times. It is not begun for work that nobody waits for any more, and once begun it is not cancelled. For the few statements that each order runs: entities are for everything else.
 * @throws what Postgres says, with nothing of it stored
 * Source: postgresql.org/docs/current/sql-prepare.html, node-postgres.com/features/queries#prepared-statements
 */
export async function runStatement<Row>(
  em: EntityManager,
  { name, text }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const abandoned = currentWork()?.reason;
  if (abandoned) throw abandoned;
  const pool = await em.getConnection().getNativeClient();
  return retryConflicts(async () => {
    const { rows } = await pool.query({ name, text, values: [...values] });
    return rows as Row[];
  });
}
