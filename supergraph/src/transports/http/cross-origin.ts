import type { FastifyInstance } from 'fastify';

const allowedMethods = 'GET, POST, PUT, DELETE';
const allowedHeaders =
  'authorization, content-type, x-request-id, x-include-cost, x-include-cache, traceparent, idempotency-key, if-match, if-none-match, apollo-require-preflight, x-apollo-operation-name, last-event-id, x-graphql-event-stream-token, apollographql-client-name, apollographql-client-version';
const exposedHeaders =
  'age, x-request-id, traceparent, cost, live-cursor, ratelimit, ratelimit-policy, retry-after, etag, link, location, deprecation, www-authenticate';

/**
 * True when a page of this origin may read our answers. An entry is an origin; `:*` at its end means any port of it.
 * Source: RFC 6454
 */
export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => {
    if (!entry.endsWith(':*')) return entry === origin;
    const base = entry.slice(0, -2);
    return origin === base || (origin.startsWith(`${base}:`) && /^\d{1,5}$/.test(origin.slice(base.length + 1)));
  });
}

/** Answers preflights and marks answers for the allowed origins; for others, and without an Origin, nothing. Source: fetch.spec.whatwg.org */
export function allowOrigins(server: FastifyInstance, allowed: readonly string[]): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('vary', 'origin');
    const { origin } = request.headers;
    if (!origin || !isAllowedOrigin(origin, allowed)) return done();
    reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': exposedHeaders });
    if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return done();
    reply
      .headers({
        'access-control-allow-methods': allowedMethods,
        'access-control-allow-headers': allowedHeaders,
        'access-control-max-age': '600',
      })
      .code(204)
      .send();
  });
}
