import { createAdmit } from '@storefront/supergraph/src/guards/admit.ts';
import { authenticateNobody } from '@storefront/supergraph/src/guards/authenticate.ts';
import { createDocuments } from '@storefront/supergraph/src/guards/documents.ts';
import { defaultDocumentLimits } from '@storefront/supergraph/src/guards/limits.ts';
import { createRateLimiter, type RateLimiter, unlimited } from '@storefront/supergraph/src/guards/rate-limit.ts';
import { allowOrigins } from '@storefront/supergraph/src/transports/http/cross-origin.ts';
import { followExchanges } from '@storefront/supergraph/src/transports/http/exchange.ts';
import { setSecurityHeaders } from '@storefront/supergraph/src/transports/http/security-headers.ts';
import type { Plugin } from '@storefront/supergraph/src/transports/http/run-hooks.ts';
import { serveGraphql } from '@storefront/supergraph/src/transports/http/serve-graphql.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openRedis } from '@storefront/platform/redis/redis.ts';
import { buildSchema } from 'graphql';
import { constantEngine } from './constant-engine.ts';

/** How much of the front stands before the engine; each layer contains the ones before it. */
export const frontLayers = ['fastify', 'hooks', 'operation', 'limits', 'log'] as const;
/** All layers, with one thing that is otherwise. */
export const frontVariants = ['plugin', 'apollo', 'redis'] as const;
/** One of them. */
export type FrontPart = (typeof frontLayers)[number] | (typeof frontVariants)[number];

const listeningPlugin: Plugin = {
  requestDidStart: async () => ({
    didResolveOperation: async () => undefined,
    executionDidStart: async () => ({ executionDidEnd: async () => undefined }),
    willSendResponse: async () => undefined,
  }),
};
const enough = { perMinute: 10_000_000, burst: 10_000_000 };

/**
 * Serves one small operation from an engine that always gives the same result, and listens on a free port:
 * `fastify` answers from the route alone; `hooks` adds ids, headers and origins; `operation` what reads, admits and answers an
 * operation whose document is known; `limits` a rate limit in this process; `log` the request log, written to /dev/null. With
 * `plugin` one plugin listens to the hooks of Apollo Server; with `apollo` everything goes through Apollo Server's pipeline; with
 * `redis` the rate limit is in Redis.
 * @throws CodedError REDIS_UNREACHABLE
 */
export async function serveFront(part: FrontPart, redisUrl: string | undefined): Promise<{ url: string }> {
  const layer = frontLayers.findIndex((name) => name === part);
  const isIn = (other: (typeof frontLayers)[number]) => layer < 0 || frontLayers.indexOf(other) <= layer;
  const log = createLog({ service: 'front', level: isIn('log') ? 'info' : 'warn' });
  const server = createHttpServer({ log });
  if (isIn('hooks')) {
    followExchanges(server, log, { trustedProxyHops: 0 });
    setSecurityHeaders(server, { isProduction: true });
    allowOrigins(server, []);
  }
  if (isIn('operation')) {
    const engine = constantEngine(buildSchema('type Query { book(isbn: ID!): Book } type Book { title: String! }'));
    const limiter = await chooseLimiter();
    const documents = createDocuments({ limits: defaultDocumentLimits, introspection: false, suggestions: false });
    const admit = createAdmit({ engine, documents, limiter });
    const deps = { engine, documents, log, limiter, admit, authenticate: authenticateNobody };
    await serveGraphql(server, deps, {
      introspection: false,
      suggestions: false,
      maxTokens: 1_000,
      plugins: part === 'plugin' ? [listeningPlugin] : [],
      shortWay: part !== 'apollo',
    });
  } else {
    server.post('/graphql', async (_request, reply) =>
      reply.type('application/json; charset=utf-8').send('{"data":{"book":{"title":"The old harbour"}}}\n'),
    );
  }
  return listen(server, { host: '127.0.0.1', port: 0 });

  async function chooseLimiter(): Promise<RateLimiter> {
    if (!isIn('limits')) return unlimited;
    const redis = part === 'redis' && redisUrl ? await openRedis({ url: redisUrl, log, keyPrefix: 'bench:' }) : null;
    return createRateLimiter({ redis, log, now: Date.now }, enough);
  }
}
