import type { Socket } from 'node:net';
import type { Client } from 'pg';
import { backOffMs, pause } from '../back-off/back-off.ts';
import type { Log } from '../log/log.ts';
import { settledWithin } from '../process/settled-within.ts';
import { checkIdentifier, databaseUnreachable, openSession, type SessionOptions } from './connection.ts';

const CLOSE_TIMEOUT_MS = 2_000;
const RECONNECTING = { firstMs: 100, longestMs: 5_000 };

/**
 * Listens on a channel until closed. A broken connection is replaced, with a growing pause from 100 ms to 5 s; after
 * each replacement `onNotify('')` says that notifications may have been missed.
 * @throws CodedError DATABASE_UNREACHABLE when the first connection cannot be made
 */
export async function listen(
  { session, log }: { session: SessionOptions; log: Log },
  channel: string,
  onNotify: (payload: string) => void,
): Promise<{ close(): Promise<void> }> {
  checkIdentifier(channel);
  const closing = new AbortController();
  let client = await connect();
  return {
    close: async () => {
      closing.abort();
      await end(client);
    },
  };

  async function connect(): Promise<Client> {
    const next = await openSession(
      { ...session, applicationName: `${session.applicationName} listens on ${channel}` },
      log,
    );
    next.on('notification', ({ payload = '' }) => onNotify(payload));
    try {
      await next.query(`listen ${channel}`);
    } catch (cause) {
      await next.end();
      throw databaseUnreachable(session.url, cause);
    }
    next.once('end', () => void reconnect());
    return next;
  }

  async function reconnect(): Promise<void> {
    for (let failures = 1; !closing.signal.aborted; failures += 1) {
      await pause(backOffMs(failures, RECONNECTING), closing.signal);
      if (closing.signal.aborted) return;
      try {
        client = await connect();
        if (closing.signal.aborted) await end(client);
        else onNotify('');
        return;
      } catch (error) {
        if (!closing.signal.aborted) log.debug({ err: error, channel }, 'cannot listen yet');
      }
    }
  }
}

/** A server, or a network, that does not answer is not waited for. */
async function end(client: Client): Promise<void> {
  if (await settledWithin(CLOSE_TIMEOUT_MS, client.end())) return;
  const { connection } = client as Client & { readonly connection: { readonly stream: Socket } };
  connection.stream.destroy();
}
