import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** The protocols that answer in parts, as the content type names them. */
export type PartsProtocol = 'deferSpec=20220824' | 'subscriptionSpec=1.0';

/** How parts are written. */
export interface PartsOptions {
  readonly protocol: PartsProtocol;
  /** Between the parts. Default `-`, as Apollo Server has it. */
  readonly boundary?: string;
  /** How long the client may take nothing before it is cut off. Default 30,000. */
  readonly stallTimeoutMs?: number;
}

/** An answer that goes out part by part. The parts are JSON texts. */
export interface PartWriter {
  /** Sends a part at once. Resolves when the client can take another; false when it has left. */
  write(json: string): Promise<boolean>;
  /** Sends the last part and ends the answer. Resolves when it is out; false when the client has left. */
  end(json: string): Promise<boolean>;
}

/**
 * Begins an answer of `multipart/mixed` parts with the status and headers that the reply has; nothing else may be sent on it.
 * Each part ends with the boundary behind it, so that a client need not wait for the next one to read it. Who writes stops when
 * the client leaves: `write` and `end` then resolve false, and the exchange's signal is aborted.
 * Source: RFC 2046, 5.1; apollographql.com/docs/graphos/routing/operations/defer, .../subscriptions/multipart-protocol
 */
export function openParts(
  reply: FastifyReply,
  { protocol, boundary = '-', stallTimeoutMs = 30_000 }: PartsOptions,
): PartWriter {
  reply.hijack();
  const { raw } = reply;
  reply.headers({
    'content-type': `multipart/mixed; boundary="${boundary}"; ${protocol}`,
    'x-accel-buffering': 'no', // nginx would keep the parts back
  });
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(reply.statusCode);
  raw.write(`\r\n--${boundary}\r\n`);
  const toPart = (json: string) => `content-type: application/json; charset=utf-8\r\n\r\n${json}\r\n--${boundary}`;
  const isOpen = () => !raw.destroyed && !raw.writableEnded;
  return {
    async write(json) {
      if (!isOpen()) return false;
      return raw.write(`${toPart(json)}\r\n`) || waitFor('drain', raw, stallTimeoutMs);
    },
    async end(json) {
      if (!isOpen()) return false;
      raw.end(`${toPart(json)}--\r\n`);
      return waitFor('finish', raw, stallTimeoutMs);
    },
  };
}

/** Resolves true with the event, false when the connection is gone first; one that moves nothing for so long is cut. */
export function waitFor(event: 'drain' | 'finish', raw: ServerResponse, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isDone: boolean) => {
      clearTimeout(timer);
      raw.off(event, done);
      raw.off('close', gone);
      resolve(isDone);
    };
    const done = () => settle(true);
    const gone = () => settle(raw.writableFinished);
    const timer = setTimeout(() => raw.destroy(), timeoutMs);
    raw.once(event, done);
    raw.once('close', gone);
  });
}
