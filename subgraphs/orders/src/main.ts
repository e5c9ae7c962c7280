import { type Bus, openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery, type Discovery, type Instance } from '@storefront/platform/discovery/discovery.ts';
import { batchPath } from '@storefront/platform/graphql/batches.ts';
import { serveHealth } from '@storefront/platform/http/health.ts';
import { serveMetrics } from '@storefront/platform/http/metrics.ts';
import { inboxPruning } from '@storefront/platform/inbox/inbox-table.ts';
import { outboxPruning } from '@storefront/platform/outbox/outbox-table.ts';
import { createLameDuck } from '@storefront/platform/http/lame-duck.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createInternalTokens, createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import type { Outbox } from '@storefront/platform/outbox/hand-over.ts';
import { type Relay, startRelay } from '@storefront/platform/outbox/relay.ts';
import { startBindingWatch } from '@storefront/platform/outbox/watch-bindings.ts';
import { openPostgres, type Postgres } from '@storefront/platform/postgres/open.ts';
import { startPruning } from '@storefront/platform/postgres/prune.ts';
import { runService } from '@storefront/platform/process/run.ts';
import type { Scope } from '@storefront/platform/process/scope.ts';
import { startSweeper } from '@storefront/platform/process/sweeper.ts';
import { createMetrics, type Metrics } from '@storefront/platform/telemetry/metrics.ts';
import { eventQueues } from '@storefront/schema/events/queues.ts';
import { v7 } from 'uuid';
import { defaultCatalogueOptions, type OpenCatalogue, openProductsCatalogue } from './catalogue/products-catalogue.ts';
import { keepPrices } from './catalogue/kept-prices.ts';
import { type OrdersConfig, readOrdersConfig } from './config.ts';
import { startSaga } from './events/saga.ts';
import { serveOrdersGraph } from './graphql/serve.ts';
import { servePublishTest } from './http/publish-test.ts';
import { createAnnouncer } from './storage/announcer.ts';
import { orderEntities, SCHEMA } from './storage/entities.ts';
import { orderMigrations } from './storage/migrations/all.ts';
import { createOrderStore } from './storage/order-store.ts';
import { hearPriceChanges } from './storage/price-news.ts';
import type { Catalogue } from './use-cases/ports.ts';
import { expireOrders } from './use-cases/expire-orders.ts';

const clock = Object.freeze({ now: () => new Date() });

/**
 * Starts the orders service: database, bus, consumers, relay, HTTP, Consul, in this order; the scope closes them in the
 * opposite one. Resolves when requests are served.
 * @throws CodedError for a server that cannot be reached or a port that is taken
 */
export async function startOrders(config: OrdersConfig, scope: Scope): Promise<{ url: string; port: number }> {
  const metrics = createMetrics('orders', { process: true });
  const postgres = await openStorage(config, scope);
  const bus = await openBus({
    url: config.RABBITMQ_URL,
    log: scope.log,
    name: 'orders',
    metrics,
    tracer: scope.tracer,
  });
  scope.defer('bus', () => bus.close());
  await bus.declare(eventQueues);
  const relay = await startRelay({ postgres, bus, metrics, log: scope.log }, { schema: SCHEMA });
  scope.defer('relay', () => relay.close());
  watchBindings(config, scope, { postgres, bus, metrics });
  await startEvents(config, scope, { postgres, bus, outbox: relay });
  const discovery = createDiscovery({ consulUrl: config.CONSUL_URL, log: scope.log });
  scope.defer('discovery', () => discovery.close());
  const catalogue = keepPrices(
    { catalogue: openCatalogue(config, scope, discovery), clock },
    { keepMs: config.PRICES_KEPT_MS },
  );
  const news = await hearPriceChanges(postgres, (productId) => catalogue.forget(productId));
  scope.defer('news of prices', () => news.close());
  return serve(config, scope, { postgres, bus, relay, metrics, discovery, catalogue });
}

function watchBindings(
  config: OrdersConfig,
  { log, defer }: Scope,
  deps: { postgres: Postgres; bus: Bus; metrics: Metrics },
): void {
  const { RABBITMQ_MANAGEMENT_URL: managementUrl, RABBITMQ_URL: brokerUrl } = config;
  const options = { managementUrl, brokerUrl, exchange: SCHEMA, queues: eventQueues };
  const watch = startBindingWatch({ ...deps, log }, options);
  if (watch) defer('watch of bindings', () => watch.close());
}

async function openStorage(config: OrdersConfig, { log, tracer, defer }: Scope): Promise<Postgres> {
  const entities = orderEntities();
  const postgres = await openPostgres({
    url: config.DATABASE_URL,
    schema: SCHEMA,
    entities,
    migrations: orderMigrations,
    log,
    tracer,
  });
  defer('postgres', () => postgres.close());
  await postgres.migrate();
  const pruning = startPruning({ postgres, log }, [outboxPruning, inboxPruning]);
  defer('pruning', () => pruning.close());
  return postgres;
}

async function startEvents(
  config: OrdersConfig,
  scope: Scope,
  { postgres, bus, outbox }: { postgres: Postgres; bus: Bus; outbox: Outbox },
): Promise<void> {
  const fork = () => postgres.fork();
  const saga = await startSaga({ bus, fork, clock, newEventId: v7, outbox });
  scope.defer('consumers', () => saga.close());
  const sweep = (batchSize: number) => {
    const orders = createOrderStore({ em: fork(), newEventId: v7 });
    return expireOrders({ orders, clock }, { timeoutMs: config.ORDER_TIMEOUT_MS, batchSize });
  };
  const sweeping = { name: 'orders that nobody answered for', everyMs: config.ORDER_SWEEP_MS, sweep };
  const sweeper = startSweeper(scope, sweeping);
  scope.defer('sweeper', () => sweeper.close());
}

function openCatalogue(config: OrdersConfig, { log, tracer, defer }: Scope, discovery: Discovery): OpenCatalogue {
  let instances: readonly Instance[] = [];
  const watch = discovery.watchInstances(config.CATALOGUE_SERVICE, (current) => {
    instances = current;
  });
  defer('watch of products', () => watch.close());
  const tokens = createInternalTokens({ signingKey: config.INTERNAL_SIGNING_KEY, issuer: 'orders', clock });
  const catalogue = openProductsCatalogue(
    { instances: () => instances, tokens, clock, log, tracer },
    { ...defaultCatalogueOptions, timeoutMs: config.CATALOGUE_TIMEOUT_MS },
  );
  defer('catalogue', () => catalogue.close());
  return catalogue;
}

interface Parts {
  readonly postgres: Postgres;
  readonly bus: Bus;
  readonly relay: Relay;
  readonly metrics: Metrics;
  readonly discovery: Discovery;
  readonly catalogue: Catalogue;
}

async function serve(config: OrdersConfig, scope: Scope, parts: Parts): Promise<{ url: string; port: number }> {
  const { postgres, bus, relay, metrics, discovery, catalogue } = parts;
  const { log, tracer } = scope;
  const fork = () => postgres.fork();
  const server = createHttpServer({ log });
  const verify = createInternalVerifier({ keys: config.INTERNAL_JWKS, audience: 'orders' });
  const introspection = config.NODE_ENV !== 'production';
  const deps = { log, metrics, tracer, verify, fork, catalogue, clock, newEventId: v7, outbox: relay };
  const graph = serveOrdersGraph(server, deps, { introspection });
  const isForTrying = config.LOCAL_STACK && config.NODE_ENV !== 'production';
  if (isForTrying) await servePublishTest(server, { announcer: createAnnouncer(fork), clock, newEventId: v7 });
  const checks = { postgres: () => postgres.ping(), rabbitmq: () => bus.ping(), consul: () => discovery.isReachable() };
  const health = serveHealth(server, {
    service: 'orders',
    checks,
    advisory: ['consul'],
    details: () => ({ outbox: relay.stats() }),
  });
  serveMetrics(server, metrics);
  scope.defer('http', () => server.close());
  const drain = createLameDuck(server, config.DRAIN_WAIT_MS);
  const address = await listen(server, { host: config.SERVICE_HOST, port: config.SERVICE_PORT });
  scope.defer('lame duck', drain);
  scope.defer('readiness', () => health.beginShutdown());
  const registration = await discovery.register({
    name: 'orders',
    address: config.SERVICE_ADDRESS,
    port: address.port,
    tags: ['subgraph'],
    meta: { sdlHash: graph.sdlHash, graphqlPath: '/graphql', batchPath },
  });
  scope.defer('registration', () => registration.deregister());
  log.info({ url: address.url }, 'listening');
  return address;
}

if (import.meta.main) await runService('orders', (scope) => startOrders(readOrdersConfig(process.env), scope));
