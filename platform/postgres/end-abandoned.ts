import { connect } from 'node:net';
import type { Client, Pool } from 'pg';
import { currentWork, type Work } from '../process/work.ts';

type Query = (...given: readonly unknown[]) => unknown;

/** What pg knows of a session and does not say in its types: what a cancel request must name. */
interface Session {
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | null;
}

const cancelTimeoutMs = 1_000;
/** The end of a transaction is never kept from the server. */
const ends = /^\s*(commit|rollback|release)\b/i;

/**
 * Has the statements of a pool end with the work that they are a part of (see process/work.ts): one that runs is cancelled at the server, and none is
 * begun for work that nobody waits for any more. Rejects with the reason then. A statement outside of any work is left alone.
 */
export function endAbandoned(pool: Pool): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as Query;
    const guarded: Query = (...given) => {
      const work = currentWork();
      const [statement] = given;
      const isOurs = work && typeof statement === 'string' && typeof given.at(-1) !== 'function';
      return isOurs && !ends.test(statement) ? runFor(work, client, () => query(...given)) : query(...given);
    };
    Object.assign(client, { query: guarded });
  });
}

/** The statement ends before the session is given back, and so has the cancelling: it must not meet the next one. */
async function runFor(work: Work, client: unknown, send: () => unknown): Promise<unknown> {
  if (work.reason) throw work.reason;
  let cancelled: Promise<void> | undefined;
  const stay = work.onAbandoned(() => {
    cancelled = cancel(client as Client & Session);
  });
  try {
    return await send();
  } catch (cause) {
    throw work.reason ?? cause;
  } finally {
    stay();
    if (cancelled) await cancelled;
  }
}

/**
 * Asks the server to end what a session is doing. Resolves when the server has taken note, or after a second; never rejects: the
 * statement has a time-out of its own. Source: postgresql.org/docs/current/protocol-flow.html, "Canceling Requests in Progress"
 */
function cancel({ host, port, processID, secretKey }: Session): Promise<void> {
  if (processID === null || secretKey === null) return Promise.resolve();
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80877102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  return new Promise((resolve) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    socket.setTimeout(cancelTimeoutMs, () => socket.destroy());
    socket.once('connect', () => socket.write(request));
    socket.on('error', () => socket.destroy()).resume();
    socket.once('close', () => resolve());
  });
}
