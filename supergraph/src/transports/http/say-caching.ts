import type { FastifyReply } from 'fastify';
import { cachingHeaders } from '../../cache/tell-caching.ts';
import type { Exchange } from './exchange.ts';

/**
 * Says how long an answer may be kept by whoever passes it on: `Cache-Control` and `Age`, where nothing else was said. One that may not
 * be kept stays `no-store`. The type of an answer depends on `accept`, and what is private on who asks: a browser may be used by several.
 */
export function sayCaching(reply: FastifyReply, { caching }: Exchange): void {
  const cacheReport = caching?.cacheReport;
  if (!cacheReport || reply.getHeader('cache-control') !== 'no-store') return;
  for (const [name, value] of cachingHeaders(cacheReport)) reply.header(name, value);
  const vary = reply.getHeader('vary');
  const own = cacheReport.policy?.isPrivate ? 'accept, authorization' : 'accept';
  reply.header('vary', vary === undefined ? own : `${String(vary)}, ${own}`);
}
