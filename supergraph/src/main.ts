import { openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery } from '@storefront/platform/discovery/discovery.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
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
import { readClientAddress } from './guards/client-address.ts';
import { createGuards } from './guards/create-guards.ts';
import type { Guards } from './guards/create-guards.ts';
import { startBridge } from './live/bridge.ts';
import { createLiveStore } from './live/live-store.ts';
import { createWakes } from './live/wakes.ts';
import { createSubgraphClient } from './subgraphs/client.ts';
import { watchSubgraphInstances } from './subgraphs/instances.ts';
import { allowOrigins, isAllowedOrigin } from './transports/http/cross-origin.ts';
import { followExchanges } from './transports/http/exchange.ts';
import { describeSocketOperation } from './transports/http/operation-line.ts';
import { setSecurityHeaders } from './transports/http/security-headers.ts';
import { serveGraphql } from './transports/http/serve-graphql.ts';
import { serveIdePage } from './transports/pages/ide-page.ts';
import { serveIndexPage } from './transports/pages/index-page.ts';
import { answerSandboxPage } from './transports/pages/sandbox-page.ts';
import { serveApiDescription, serveApiDocs } from './transports/rest/api-docs.ts';
import { routes } from './transports/rest/routes.ts';
import { serveRest } from './transports/rest/serve-rest.ts';
import { serveWebsocket } from './transports/websocket/serve-websocket.ts';

/**
 * Starts the gateway: servers, graph, guards, transports, in this order, and closes them in the reverse one. Redis and
 * RabbitMQ must answer; Consul and the subgraphs may come later, and /ready says what is waited for.
 * @throws CodedError REDIS_UNREACHABLE, BUS_UNREACHABLE, PORT_TAKEN
 */
export async function startGateway(config: GatewayConfig, scope: Scope): Promise<{ url: string; port: number }> {
  const servers = await connect(config, scope);
  const graph = openGraph(config, scope, servers);
  const guards = createGuards({ ...servers, ...graph, log: scope.log }, config);
  scope.defer('guards', () => guards.close());
  const live = await startLive(scope, servers);
  const server = createHttpServer({ log: scope.log }, { bodyLimit: config.LIMIT_BODY_BYTES });
  const deps = { ...servers, ...graph, ...guards, ...live, log: scope.log };
  await serveTransports(server, deps, { config, scope });
  const admin = serveAdmin(server, deps, { showDetail: config.NODE_ENV !== 'production' });
  const listening = await listen(server, { host: config.SERVICE_HOST, port: config.SERVICE_PORT });
  scope.defer('readiness', () => admin.beginShutdown());
  const { SERVICE_ADDRESS: address } = config;
  const registration = await servers.discovery.register({
    name: 'gateway',
    address,
    port: listening.port,
    tags: ['gateway'],
    meta: {},
  });
  scope.defer('registration', () => registration.deregister());
  return listening;
}

type Servers = Awaited<ReturnType<typeof connect>>;
type GraphParts = ReturnType<typeof openGraph>;

async function connect(config: GatewayConfig, scope: Scope) {
  const { log } = scope;
  const redis = await openRedis({ url: config.REDIS_URL, log });
  scope.defer('redis', async () => void (await redis.quit().catch(() => redis.disconnect())));
  const subscriber = await openSubscriber({ url: config.REDIS_URL, log });
  scope.defer('redis subscriber', () => subscriber.disconnect());
  const bus = await openBus({ url: config.RABBITMQ_URL, log, name: 'gateway' });
  scope.defer('rabbitmq', () => bus.close());
  const discovery = createDiscovery({ consulUrl: config.CONSUL_URL, log });
  scope.defer('discovery', () => discovery.close());
  return { redis, subscriber, bus, discovery };
}

function openGraph(config: GatewayConfig, scope: Scope, { discovery }: Servers) {
  const { log } = scope;
  const tokens = createInternalTokens({ signingKey: config.INTERNAL_SIGNING_KEY, issuer: 'gateway' });
  const instances = watchSubgraphInstances({ discovery });
  scope.defer('subgraph instances', () => instances.close());
  const client = createSubgraphClient({ instances, tokens, log });
  scope.defer('subgraph client', () => client.close());
  const composition = startComposition({ instances, tokens, log }, { expected: config.EXPECTED_SUBGRAPHS });
  scope.defer('composition', () => composition.close());
  const engine = createEngine({ composition, client, log }, { showDetail: config.NODE_ENV !== 'production' });
  scope.defer('engine', () => engine.close());
  return { composition, engine };
}

async function startLive(scope: Scope, { redis, subscriber, bus }: Servers) {
  const store = createLiveStore(redis);
  const wakes = createWakes({ publisher: redis, subscriber });
  const bridge = await startBridge({ bus, store, wakes });
  scope.defer('live bridge', () => bridge.close());
  return { store, wakes };
}

type TransportDeps = Servers & GraphParts & Guards & Awaited<ReturnType<typeof startLive>> & Pick<Scope, 'log'>;

async function serveTransports(
  server: FastifyInstance,
  deps: TransportDeps,
  { config, scope }: { config: GatewayConfig; scope: Scope },
): Promise<void> {
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

if (import.meta.main) await runService('gateway', (scope) => startGateway(readGatewayConfig(process.env), scope));
