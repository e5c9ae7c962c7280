import { openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery } from '@storefront/platform/discovery/discovery.ts';
import { batchPath } from '@storefront/platform/graphql/batches.ts';
import { serveHealth } from '@storefront/platform/http/health.ts';
import { createLameDuck } from '@storefront/platform/http/lame-duck.ts';
import { serveMetrics } from '@storefront/platform/http/metrics.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { type Scope, runService } from '@storefront/platform/process/run.ts';
import { createMetrics } from '@storefront/platform/telemetry/metrics.ts';
import { type ReviewsConfig, readReviewsConfig } from './config.ts';
import { consumeAccounts } from './events/on-user-deleted.ts';
import { serveReviews } from './graphql/serve.ts';
import { openDatabase } from './storage/database.ts';
import { createReviewStore } from './storage/review-store.ts';

const NAME = 'reviews';

/**
 * Starts the reviews service and resolves when it serves: database, bus, consumer, HTTP, registration. Shutdown is the way back.
 * @throws CodedError that names the server which cannot be reached, or the port which is taken
 */
export async function startReviews(config: ReviewsConfig, scope: Scope): Promise<{ url: string; port: number }> {
  const { log, tracer } = scope;
  const metrics = createMetrics(NAME, { process: true });
  const postgres = await openDatabase(config.DATABASE_URL, scope);
  const reviews = createReviewStore({ postgres });

  const bus = await openBus({ url: config.RABBITMQ_URL, log, name: NAME, metrics, tracer });
  scope.defer('bus', () => bus.close());
  const consumer = await consumeAccounts({ bus, reviews });
  scope.defer('consumer', () => consumer.close());

  const discovery = createDiscovery({ consulUrl: config.CONSUL_URL, log });
  scope.defer('discovery', () => discovery.close());
  const server = createHttpServer({ log });
  scope.defer('http', () => server.close());
  serveMetrics(server, metrics);
  const { sdlHash } = serveReviews(server, { log, metrics, tracer, reviews, clock: { now: () => new Date() } }, config);
  const health = serveHealth(server, {
    service: NAME,
    checks: { postgres: () => postgres.ping(), rabbitmq: () => bus.ping(), consul: () => discovery.isReachable() },
  });
  const drain = createLameDuck(server, config.DRAIN_WAIT_MS);
  const { url, port } = await listen(server, { host: config.SERVICE_HOST, port: config.SERVICE_PORT });
  scope.defer('lame duck', drain);
  scope.defer('readiness', () => health.beginShutdown());
  const registration = await discovery.register({
    name: NAME,
    address: config.SERVICE_ADDRESS,
    port,
    tags: ['subgraph'],
    meta: { sdlHash, graphqlPath: '/graphql', batchPath },
  });
  scope.defer('registration', () => registration.deregister());
  return { url, port };
}

if (import.meta.main) await runService(NAME, (scope) => startReviews(readReviewsConfig(process.env), scope));
