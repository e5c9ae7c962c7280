import { openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery } from '@storefront/platform/discovery/discovery.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createAccessTokenVerifier } from '@storefront/platform/identity/access-tokens.ts';
import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { runService } from '@storefront/platform/process/run.ts';
import type { Scope } from '@storefront/platform/process/run.ts';
import { openRedis, openSubscriber } from '@storefront/platform/redis/redis.ts';
import type { FastifyInstance } from 'fastify';
import { serveAdmin } from './admin/serve-admin.ts';
import { startComposition } from './composition/composer.ts';
import { readGatewayConfig } from './config.ts';
import type { GatewayConfig } from './config.ts';
import { createEngine } from './engine/engine.ts';
import { createAdmit } from './guards/admit.ts';
import { createAuthenticate } from './guards/authenticate.ts';
import { readClientAddress } from './guards/client-address.ts';
import { createDocuments } from './guards/documents.ts';
import { createRateLimiter } from './guards/rate-limit.ts';
import { createSigningKeys } from './guards/signing-keys.ts';
import { startBridge } from './live/bridge.ts';
import { createLiveStore } from './live/live-store.ts';
import { createWakes } from './live/wakes.ts';
import { createSubgraphClient } from './subgraphs/client.ts';
import { watchSubgraphInstances } from './subgraphs/instances.ts';
import { allowOrigins, isAllowedOrigin } from './transports/http/cross-origin.ts';
import { describeOperation, followExchanges } from './transports/http/exchange.ts';
import { setSecurityHeaders } from './transports/http/security-headers.ts';
import { serveGraphql } from './transports/http/serve-graphql.ts';
import { serveIdePage } from './transports/pages/ide-page.ts';
import { serveIndexPage } from './transports/pages/index-page.ts';
import { answerSandboxPage } from './transports/pages/sandbox-page.ts';
import { serveApiDescription, serveApiDocs } from './transports/rest/api-docs.ts';
import { routes } from './transports/rest/routes.ts';
import { serveRest } from './transports/rest/serve-rest.ts';
import type { SocketOperation } from './transports/websocket/protocol.ts';
import { serveWebsocket } from './transports/websocket/serve-websocket.ts';

/**
 * Starts the gateway: servers, graph, guards, transports, in this order, and closes them in the reverse one. Redis and
 * RabbitMQ must answer; Consul and the subgraphs may come later, and /ready says what is waited for.
 * @throws CodedError REDIS_UNREACHABLE, BUS_UNREACHABLE, PORT_TAKEN
 */
export async function startGateway(config: GatewayConfig, scope: Scope): Promise<{ url: string; port: number }> {
  const servers = await connect(config, scope);
  const graph = openGraph(config, scope, servers);
  const guards = createGuards(config, scope, { ...servers, ...graph });
  const live = await startLive(scope, servers);
  const server = createHttpServer({ log: scope.log }, { bodyLimit: config.LIMIT_BODY_BYTES });
  const deps = { ...servers, ...graph, ...guards, ...live, log: scope.log };
  await serveTransports(server, deps, { config, scope });
  const admin = serveAdmin(server, deps, { showDetail: config.NODE_ENV !== 'production' });
  const listening = await listen(server, { host: config.SERVICE_HOST, port: config.SERVICE_PORT });
  scope.defer('readiness', () => admin.beginShutdown());
  const { SERVICE_ADDRESS: address } = config;
  const registration = await servers.discovery.register({ name: 'gateway', address, port: listening.port, tags: ['gateway'], meta: {} });
  scope.defer('registration', () => registration.deregister());
  return listening;
}

type Servers = Awaited<ReturnType<typeof connect>>;
type Guards = ReturnType<typeof createGuards>;
type GraphParts = ReturnType<typeof openGraph>;

async function connect(config: GatewayConfig, { log, defer }: Scope) {
  const redis = await openRedis({ url: config.REDIS_URL, log });
  defer('redis', async () => void (await redis.quit().catch(() => redis.disconnect())));
  const subscriber = await openSubscriber({ url: config.REDIS_URL, log });
  defer('redis subscriber', () => subscriber.disconnect());
  const bus = await openBus({ url: config.RABBITMQ_URL, log, name: 'gateway' });
  defer('rabbitmq', () => bus.close());
  const discovery = createDiscovery({ consulUrl: config.CONSUL_URL, log });
  defer('discovery', () => discovery.close());
  return { redis, subscriber, bus, discovery };
}

function openGraph(config: GatewayConfig, { log, defer }: Scope, { discovery }: Servers) {
  const tokens = createInternalTokens({ signingKey: config.INTERNAL_SIGNING_KEY, issuer: 'gateway' });
  const instances = watchSubgraphInstances({ discovery });
  defer('subgraph instances', () => instances.close());
  const client = createSubgraphClient({ instances, tokens, log });
  defer('subgraph client', () => client.close());
  const composition = startComposition({ instances, tokens, log }, { expected: config.EXPECTED_SUBGRAPHS });
  defer('composition', () => composition.close());
  const engine = createEngine({ composition, client, log }, { showDetail: config.NODE_ENV !== 'production' });
  defer('engine', () => engine.close());
  return { composition, engine };
}

function createGuards(config: GatewayConfig, { log, defer }: Scope, { redis, discovery, engine }: Servers & GraphParts) {
  const keys = createSigningKeys({ discovery, log, now: Date.now }, { service: config.ACCESS_TOKEN_JWKS_SERVICE });
  defer('signing keys', () => keys.close());
  const { ACCESS_TOKEN_ISSUER: issuer, ACCESS_TOKEN_AUDIENCE: audience } = config;
  const verify = createAccessTokenVerifier({ keys: keys.resolve, issuer, audience });
  const limits = {
    tokens: config.LIMIT_TOKENS,
    depth: config.LIMIT_DEPTH,
    aliases: config.LIMIT_ALIASES,
    rootFields: config.LIMIT_ROOT_FIELDS,
    directives: config.LIMIT_DIRECTIVES,
  };
  const documents = createDocuments({ limits, introspection: config.INTROSPECTION, suggestions: config.INTROSPECTION });
  const rate = { perMinute: config.RATE_LIMIT_PER_MINUTE, burst: config.RATE_LIMIT_BURST };
  const limiter = createRateLimiter({ redis, log, now: Date.now }, rate);
  const authenticate = createAuthenticate({ verify, keys, now: Date.now });
  return { authenticate, documents, limiter, admit: createAdmit({ engine, documents, limiter }) };
}

async function startLive({ defer }: Scope, { redis, subscriber, bus }: Servers) {
  const store = createLiveStore(redis);
  const wakes = createWakes({ publisher: redis, subscriber });
  const bridge = await startBridge({ bus, store, wakes });
  defer('live bridge', () => bridge.close());
  return { store, wakes };
}

type TransportDeps = Servers & GraphParts & Guards & Awaited<ReturnType<typeof startLive>> & Pick<Scope, 'log'>;

async function serveTransports(server: FastifyInstance, deps: TransportDeps, { config, scope }: { config: GatewayConfig; scope: Scope }): Promise<void> {
  const { TRUSTED_PROXY_HOPS: trustedProxyHops, CORS_ORIGINS: origins, INTROSPECTION: introspection } = config;
  followExchanges(server, deps.log, { trustedProxyHops });
  setSecurityHeaders(server, { isProduction: config.NODE_ENV === 'production' });
  allowOrigins(server, origins);
  const landingPage = config.IDE ? answerSandboxPage : undefined;
  const options = { introspection, suggestions: introspection, maxTokens: config.LIMIT_TOKENS, landingPage };
  const graphql = await serveGraphql(server, deps, options);
  scope.defer('graphql', () => graphql.close());
  serveRest(server, deps, routes);
  serveApiDescription(server, routes);
  serveIndexPage(server, { pages: config.IDE });
  if (config.IDE) {
    serveIdePage(server);
    serveApiDocs(server);
  }
  scope.defer('http', () => server.close());
  const websocket = serveWebsocket(server.server, {
    ...deps,
    isOriginAllowed: (origin) => isAllowedOrigin(origin, origins),
    clientAddress: ({ headers, socket }) => readClientAddress(headers, socket.remoteAddress, trustedProxyHops),
    onOperation: (operation) => deps.log.info(describeSocketOperation(operation), 'operation'),
  });
  scope.defer('websocket', () => websocket.close());
}

function describeSocketOperation({ request, startedAt, errors }: SocketOperation) {
  const errorCodes = errors.map(({ extensions }) => String(extensions['code'] ?? 'INTERNAL_SERVER_ERROR'));
  return { transport: 'websocket', ...describeOperation({ ...request, errorCodes, ms: Date.now() - startedAt }) };
}

if (import.meta.main) await runService('gateway', (scope) => startGateway(readGatewayConfig(process.env), scope));
