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

/**
 * A socket on which graphql-ws speaks. Messages wait for the reader: each operation sends its next result when the last is out,
 * and a reader that leaves more than `maxUnsentBytes` waiting is closed with 1013.
 */
export class OpenSocket {
  readonly closed: Promise<void>;
  readonly #deps: OpenSocketDeps;
  readonly #socket: WebSocket;
  #isAlive = true;

  constructor(deps: OpenSocketDeps, socket: WebSocket, from: Pick<SocketExtra, 'clientAddress' | 'authorization'>) {
    this.#deps = deps;
    this.#socket = socket;
    const closed = Promise.withResolvers<void>();
    this.closed = closed.promise;
    const extra: SocketExtra = { ...from, close: (code, reason) => this.close(code, reason) };
    const end = this.#speak(extra);
    socket.on('pong', () => this.#hear());
    socket.on('error', (err) => deps.log.debug({ err }, 'a websocket broke'));
    socket.once('close', (code, reason) => {
      void end(code, String(reason));
      closed.resolve();
    });
  }

  /** Says why, and is gone two seconds later whether the other side listens or not. */
  close(code: number, reason: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.close(code, shorten(reason));
    setTimeout(() => this.#socket.terminate(), goodbyeMs).unref();
  }

  /** Drops the socket when nothing was heard since the last call, else asks for a sign of life. */
  prove(): void {
    if (!this.#isAlive) return this.#socket.terminate();
    this.#isAlive = false;
    this.#socket.ping();
  }

  #hear(): void {
    this.#isAlive = true;
  }

  #speak(extra: SocketExtra): (code?: number, reason?: string) => Promise<void> {
    const { protocol, log, answerPing } = this.#deps;
    const send = (text: string) => this.#send(text);
    return protocol.opened(
      {
        protocol: this.#socket.protocol,
        send,
        close: extra.close,
        onMessage: (handle) => {
          this.#socket.on('message', (data: Buffer, isBinary) => {
            this.#hear();
            if (isBinary) return this.close(CloseCode.BadRequest, 'Messages are text.');
            handle(data.toString('utf8')).catch((err: unknown) => {
              if (isUnexpected(err)) return this.close(CloseCode.BadRequest, err.message);
              log.error({ err }, 'a websocket message failed');
              this.close(CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
        onPing: async (payload) => {
          const answer = await answerPing(extra, payload);
          await send(stringifyMessage({ type: MessageType.Pong, ...(answer ? { payload: answer } : {}) }));
        },
      },
      extra,
    );
  }

  #send(text: string): Promise<void> {
    const socket = this.#socket;
    if (socket.bufferedAmount > this.#deps.maxUnsentBytes) this.close(closeCodes.tryAgainLater, tooSlow);
    if (socket.readyState !== WebSocket.OPEN) return Promise.resolve();
    return new Promise((resolve) => socket.send(text, () => resolve())); // a fault of sending closes the socket, which ends all
  }
}

/** A message that only a server sends; graphql-ws throws over it. */
function isUnexpected(fault: unknown): fault is Error {
  return fault instanceof Error && fault.message.startsWith('Unexpected message of type');
}

const tooSlow = 'Too slow to read: connect again and go on with `after`.';

/** A reason has room for 123 bytes. Source: RFC 6455, 5.5 */
function shorten(reason: string): string {
  return Buffer.byteLength(reason) <= 123 ? reason : Buffer.from(reason).subarray(0, 120).toString('utf8');
}
