import type { IncomingMessage } from 'node:http';
import type { Log } from '@storefront/platform/log/log.ts';
import { CloseCode, MessageType, type Server, stringifyMessage } from 'graphql-ws';
import { WebSocket } from 'ws';
import { closeCodes, type SocketExtra } from './protocol.ts';

/** How long a socket that is being closed may take to say goodbye. */
const goodbyeMs = 2_000;

/** What a socket is opened with. */
export interface OpenSocketDeps {
  readonly protocol: Server<SocketExtra>;
  readonly answerPing: (
    extra: SocketExtra,
    payload: Record<string, unknown> | undefined,
  ) => Promise<Record<string, unknown> | undefined>;
  readonly log: Pick<Log, 'error' | 'debug'>;
  /** How much may wait for a slow reader, in bytes. */
  readonly maxUnsentBytes: number;
}

/** A socket at work. */
export interface OpenSocket {
  /** Says why, and is gone two seconds later whether the other side listens or not. */
  close(code: number, reason: string): void;
  /** Drops the socket when nothing was heard since the last call, else asks for a sign of life. */
  prove(): void;
  readonly closed: Promise<void>;
}

/**
 * Lets graphql-ws speak on a socket. Messages wait for the reader: each operation sends its next result when the last is out,
 * and a reader that leaves more than `maxUnsentBytes` waiting is closed with 1013.
 */
export function openSocket(deps: OpenSocketDeps, socket: WebSocket, request: IncomingMessage): OpenSocket {
  const { protocol, log, maxUnsentBytes } = deps;
  const closed = Promise.withResolvers<void>();
  let isAlive = true;
  const heard = () => {
    isAlive = true;
  };
  const close = (code: number, reason: string) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.close(code, shorten(reason));
    setTimeout(() => socket.terminate(), goodbyeMs).unref();
  };
  const send = (text: string) =>
    new Promise<void>((resolve) => {
      if (socket.bufferedAmount > maxUnsentBytes) close(closeCodes.tryAgainLater, tooSlow);
      if (socket.readyState !== WebSocket.OPEN) return resolve();
      socket.send(text, () => resolve()); // a fault of sending closes the socket, which ends everything
    });
  const extra: SocketExtra = { request, close };
  const ended = protocol.opened(
    {
      protocol: socket.protocol,
      send,
      close,
      onMessage(handle) {
        socket.on('message', (data) => {
          heard();
          handle(String(data)).catch((err: unknown) => {
            log.error({ err }, 'a websocket message failed');
            close(CloseCode.InternalServerError, 'Internal server error');
          });
        });
      },
      async onPing(payload) {
        const answer = await deps.answerPing(extra, payload);
        await send(stringifyMessage({ type: MessageType.Pong, ...(answer ? { payload: answer } : {}) }));
      },
    },
    extra,
  );
  socket.on('pong', heard);
  socket.on('error', (err) => log.debug({ err }, 'a websocket broke'));
  socket.once('close', (code, reason) => {
    void ended(code, String(reason));
    closed.resolve();
  });
  return {
    close,
    closed: closed.promise,
    prove() {
      if (!isAlive) return socket.terminate();
      isAlive = false;
      socket.ping();
    },
  };
}

const tooSlow = 'Too slow to read: connect again and go on with `after`.';

/** A reason has room for 123 bytes. Source: RFC 6455, 5.5 */
function shorten(reason: string): string {
  return Buffer.byteLength(reason) <= 123 ? reason : Buffer.from(reason).subarray(0, 120).toString('utf8');
}
