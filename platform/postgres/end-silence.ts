import type { Pool, PoolClient } from 'pg';

/** What pg keeps of a session and does not say in its types. Source: pg 8, lib/client.js */
interface Session {
  /** False while the server owes an answer. */
  readonly readyForQuery: boolean;
  readonly connection: {
    readonly stream: { setTimeout(ms: number, onSilence: () => void): void; destroy(error: Error): void };
  };
}

/**
 * Ends the connections of a pool on which the server owes an answer and has said nothing for so long: a network that swallows
 * everything tells nobody, and the system gives up after a quarter of an hour. The server itself ends a statement before that.
 */
export function endSilent(pool: Pool, silenceMs: number): void {
  pool.on('connect', (client) => {
    const session = client as PoolClient & Session;
    const { stream } = session.connection;
    stream.setTimeout(silenceMs, () => {
      if (!session.readyForQuery)
        stream.destroy(new Error('Connection terminated: the server has been silent for too long'));
    });
  });
}
