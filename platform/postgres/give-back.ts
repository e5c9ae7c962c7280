import type { Pool, PoolClient } from 'pg';

type Query = (...given: readonly unknown[]) => unknown;

const begins = /^\s*(?:begin|start transaction\b.*)\s*$/i;
/** Not `rollback to` a savepoint: the transaction goes on. */
const undoes = /^\s*rollback\s*$/i;

/**
 * Gives a session back to its pool when its transaction could not be begun, and takes it out of the pool when it could not be
 * undone: Kysely gives it back after a transaction that ended, and only then. Without this each connection that breaks in a
 * transaction is a place less in the pool, for ever. Source: kysely 0.29, ControlledTransactionBuilder and ControlledTransaction
 */
export function giveBackLost(pool: Pool): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as Query;
    const watched: Query = (...given) => {
      const asked = query(...given);
      const [statement] = given;
      if (!(asked instanceof Promise) || typeof statement !== 'string') return asked;
      if (begins.test(statement)) asked.catch(() => giveBack(client, 'as it is'));
      else if (undoes.test(statement)) asked.catch(() => giveBack(client, 'to be closed'));
      return asked;
    };
    Object.assign(client, { query: watched });
  });
}

/** Once: whoever holds it has nothing to give back any more. The pool closes what cannot be used. */
function giveBack(client: PoolClient, how: 'as it is' | 'to be closed'): void {
  const { release } = client;
  client.release = () => undefined;
  release(how === 'to be closed');
}
