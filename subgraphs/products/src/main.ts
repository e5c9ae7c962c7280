import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Bus, openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery } from '@storefront/platform/discovery/discovery.ts';
import { batchPath } from '@storefront/platform/graphql/batches.ts';
import { serveMetrics } from '@storefront/platform/http/metrics.ts';
import { createLameDuck } from '@storefront/platform/http/lame-duck.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import type { Outbox } from '@storefront/platform/outbox/hand-over.ts';
import { startBindingWatch } from '@storefront/platform/outbox/watch-bindings.ts';
import { startRelay } from '@storefront/platform/outbox/relay.ts';
import { eventQueues, productStock } from '@storefront/schema/events/queues.ts';
import { createMetrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import type { Scope } from '@storefront/platform/process/run.ts';
import { startSweeper } from '@storefront/platform/process/sweeper.ts';
import { runService } from '@storefront/platform/process/run.ts';
import type { ProductsConfig } from './config.ts';
import { readProductsConfig } from './config.ts';
import { consumeOrders } from './events/consume-orders.ts';
import { serveProducts } from './serve.ts';
import { openDatabase } from './storage/database.ts';
import { createProductStore } from './storage/product-store.ts';
import { type AnnouncerDeps, createAnnouncer } from './use-cases/announcer.ts';
import { askAboutExpired } from './use-cases/ask-about-expired.ts';
import { createReservationLedger } from './storage/reservation-ledger.ts';

const NAME = 'products';

/**
 * Starts the products service and resolves when it serves: database, bus, relay, consumer, HTTP, registration. Shutdown is
 * the way back: out of the catalogue, unready, requests drained, consumer, relay, bus, database.
 * @throws CodedError that names the server which cannot be reached, or the port which is taken
 */
export async function startProducts(config: ProductsConfig, scope: Scope): Promise<{ url: string; port: number }> {
  const { log, tracer } = scope;
  const clock = { now: () => new Date() };
  const metrics = createMetrics(NAME, { process: true });
  const postgres = await openDatabase({ config, clock, scope });

  const bus = await openBus({ url: config.RABBITMQ_URL, log, name: NAME, metrics, tracer });
  scope.defer('bus', () => bus.close());
  await bus.declare(eventQueues);
  const relay = await startRelay({ postgres, bus, metrics, log }, { schema: NAME });
  scope.defer('relay', () => relay.close());
  const { RABBITMQ_MANAGEMENT_URL: managementUrl, RABBITMQ_URL: brokerUrl } = config;
  const bindings = { managementUrl, brokerUrl, exchange: NAME, queues: eventQueues };
  const watch = startBindingWatch({ postgres, bus, metrics, log }, bindings);
  if (watch) scope.defer('watch of bindings', () => watch.close());
  const announcing = { clock, newEventId: () => randomUUIDv7() };
  await startStock(config, scope, { postgres, bus, outbox: relay, ...announcing });

  const discovery = createDiscovery({ consulUrl: config.CONSUL_URL, log });
  scope.defer('discovery', () => discovery.close());
  const server = createHttpServer({ log });
  scope.defer('http', () => server.close());
  serveMetrics(server, metrics);
  const { sdlHash, health } = serveProducts(server, {
    name: NAME,
    metrics,
    tracer,
    sdl: await readFile(new URL('../../../schema/products.graphql', import.meta.url), 'utf8'),
    log,
    keys: config.INTERNAL_JWKS,
    products: createProductStore({ postgres }),
    ...announcing,
    introspection: config.NODE_ENV !== 'production',
    newSkuSuffix: () => randomBytes(4).toString('hex'),
    details: () => ({ outbox: relay.stats() }),
    checks: { postgres: () => postgres.ping(), rabbitmq: () => bus.ping(), consul: () => discovery.isReachable() },
  });
  const drain = createLameDuck(server, config.DRAIN_WAIT_MS);
  const { url, port } = await listen(server, { host: config.SERVICE_HOST, port: config.SERVICE_PORT });
  scope.defer('lame duck', drain);
  scope.defer('readiness', () => health.beginShutdown());
  const meta = { sdlHash, graphqlPath: '/graphql', batchPath };
  const registration = await discovery.register({
    name: NAME,
    address: config.SERVICE_ADDRESS,
    port,
    tags: ['subgraph'],
    meta,
  });
  scope.defer('registration', () => registration.deregister());
  return { url, port };
}

interface StockParts {
  readonly postgres: Postgres;
  readonly bus: Bus;
  readonly outbox: Outbox;
}

/** Follows orders, and asks about those whose pieces are set aside for too long. */
async function startStock(
  { RESERVATION_MS: reservationMs, RESERVATION_SWEEP_MS: everyMs }: ProductsConfig,
  scope: Scope,
  { postgres, bus, outbox, ...announcing }: AnnouncerDeps & StockParts,
): Promise<void> {
  const ledger = createReservationLedger({ postgres, outbox }, productStock.queue);
  const consumer = await consumeOrders({ bus, ledger, ...announcing, reservationMs });
  scope.defer('consumer', () => consumer.close());
  const asking = { ledger, announce: createAnnouncer(announcing), clock: announcing.clock, reservationMs };
  const sweep = (limit: number) => askAboutExpired(asking, limit);
  const sweeper = startSweeper(scope, { name: 'reservations past their time', everyMs, sweep });
  scope.defer('sweeper', () => sweeper.close());
}

if (import.meta.main) await runService(NAME, (scope) => startProducts(readProductsConfig(process.env), scope));
