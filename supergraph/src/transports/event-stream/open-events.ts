import type { FastifyReply } from 'fastify';
import { waitFor } from '../multipart/write-parts.ts';

/** How an event stream is kept open. */
export interface EventsOptions {
  /** How often a comment is sent, so that nothing on the way takes the stream for dead. Default 10,000. */
  readonly heartbeatMs?: number;
  /** How long the client may take nothing before it is cut off. Default 5,000. */
  readonly stallTimeoutMs?: number;
}

/** An event stream that goes out. */
export interface EventWriter {
  /** Sends an event at once. Resolves when the client can take another; false when it has left. */
  write(event: string): Promise<boolean>;
  /** Ends the stream. */
  end(): void;
}

/**
 * Begins a stream of server-sent events with the headers that the reply has; nothing else may be sent on it.
 * Source: html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function openEvents(
  reply: FastifyReply,
  { heartbeatMs = 10_000, stallTimeoutMs = 5_000 }: EventsOptions = {},
): EventWriter {
  reply.hijack();
  const { raw } = reply;
  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'close', // so that a shutdown need not wait until the client lets go
    'x-accel-buffering': 'no', // nginx would keep the events back
  });
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200);
  raw.write(':\n\n'); // some browsers open only with the first byte
  const isOpen = () => !raw.destroyed && !raw.writableEnded;
  const heartbeat = setInterval(
    () => void (isOpen() && !raw.writableNeedDrain && raw.write(':\n\n')),
    heartbeatMs,
  ).unref();
  raw.once('close', () => clearInterval(heartbeat));
  return {
    async write(event) {
      if (!isOpen()) return false;
      return raw.write(event) || waitFor('drain', raw, stallTimeoutMs);
    },
    end() {
      clearInterval(heartbeat);
      if (isOpen()) raw.end();
    },
  };
}

/** An event with data in JSON. Where there is a cursor, a client that comes back says it as `Last-Event-ID`. */
export function formatEvent(type: 'next' | 'complete', json: string, cursor?: unknown): string {
  const id = typeof cursor === 'string' ? `id: ${cursor}\n` : '';
  return `event: ${type}\n${id}data:${json && ` ${json}`}\n\n`;
}
