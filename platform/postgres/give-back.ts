import type { Pool, PoolClient } from 'pg';

type Query = (...given: readonly unknown[]) => unknown;

/** Not `rollback to` a savepoint: the transaction goes on. */
const beginsOrUndoes = /^\s*(?:begin|start transaction\b.*|rollback)\s*$/i;

/**
 * Takes a session out of its pool when its transaction could not be begun, or not be undone: Kysely gives it back after a
 * transaction that ended, and only then. Without this each connection that breaks in a transaction is a place less in the
 * pool, for ever. Source: kysely 0.29, ControlledTransactionBuilder and ControlledTransaction
 */
export function giveBackLost(pool: Pool): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as Query;
    const watched: Query = (...given) => {
      const asked = query(...given);
      const [statement] = given;
      if (asked instanceof Promise && typeof statement === 'string' && beginsOrUndoes.test(statement))
        asked.catch(() => giveBack(client));
      return asked;
    };
    Object.assign(client, { query: watched });
  });
}

/** Once: whoever holds it has nothing to give back any more. */
function giveBack(client: PoolClient): void {
  client.release(true);
  client.release = () => undefined;
}
