import { openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery } from '@storefront/platform/discovery/discovery.ts';
import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import type { Scope } from '@storefront/platform/process/run.ts';
import { openRedis, openSubscriber } from '@storefront/platform/redis/redis.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import { openEntityCache } from '../cache/open-entity-cache.ts';
import { followShares } from '../composition/shares.ts';
import type { HouseConfig } from '../config.ts';
import { followRevocations } from '../guards/revocations.ts';
import { startBridge } from '../live/bridge.ts';
import { watchContinuity } from '../live/continuity.ts';
import { createLiveStore } from '../live/live-store.ts';
import { createWakes } from '../live/wakes.ts';
import { sendTogether } from '../subgraphs/batches.ts';
import { createSubgraphClient } from '../subgraphs/client.ts';
import { openComposition } from './open-composition.ts';
import { sendingOptions } from './sending-options.ts';
import { measureFetches } from '../subgraphs/measure-fetches.ts';
import type { Sources } from './sources.ts';

/**
 * Builds on the servers of the house: Consul says which subgraphs there are, Redis keeps limits and streams, RabbitMQ brings
 * the events. Redis and RabbitMQ must answer; Consul and the subgraphs may come later. The scope closes everything.
 * @throws CodedError REDIS_UNREACHABLE, BUS_UNREACHABLE
 */
export async function openServers(config: HouseConfig, scope: Scope, metrics: Metrics): Promise<Sources> {
  const { log } = scope;
  const { redis, subscriber, bus, discovery } = await connect(config, scope, metrics);
  const tokens = createInternalTokens({ signingKey: config.INTERNAL_SIGNING_KEY, issuer: 'gateway' });
  const { composition, instances, lasting } = await openComposition(config, scope, { discovery, tokens });
  const sender = createSubgraphClient({ instances, tokens, log }, sendingOptions(config));
  const client = measureFetches(sendTogether(sender), metrics);
  scope.defer('subgraph client', () => client.close());
  const { balancing } = sender;
  const recent = (subgraph: string) => balancing.of(subgraph)?.recent(performance.now());
  const { keys } = discovery;
  const shares = followShares({ keys, composition, recent, log }, `${config.CONSUL_KEY_PREFIX}shares`);
  scope.defer('shares', () => shares.close());
  const live = { store: createLiveStore(redis), wakes: createWakes({ publisher: redis, subscriber }) };
  const continuity = watchContinuity({ ...live, log });
  scope.defer('continuity of live events', () => continuity.close());
  const revocations = await followRevocations({ redis, subscriber, log, now: Date.now });
  scope.defer('revocations', () => revocations.close());
  const bridge = await startBridge({ bus, log, ...live, onEvent: (event) => revocations.record(event) });
  scope.defer('live bridge', () => bridge.close());
  const cache = config.ENTITY_CACHE ? await openEntityCache({ bus, scope }, config) : null;
  const checks = { redis: () => redis.ping(), rabbitmq: () => bus.ping(), consul: () => discovery.isReachable() };
  return {
    discovery: { ...discovery, ...lasting },
    composition,
    client,
    instances,
    balancing,
    shares,
    redis,
    live,
    revocations,
    cache,
    checks,
  };
}

async function connect(config: HouseConfig, scope: Scope, metrics: Metrics) {
  const { log, tracer } = scope;
  const redis = await openRedis({ url: config.REDIS_URL, log, tracer });
  scope.defer('redis', async () => void (await redis.quit().catch(() => redis.disconnect())));
  const subscriber = await openSubscriber({ url: config.REDIS_URL, log });
  scope.defer('redis subscriber', () => subscriber.disconnect());
  const bus = await openBus({ url: config.RABBITMQ_URL, log, name: 'gateway', metrics, tracer });
  scope.defer('rabbitmq', () => bus.close());
  const discovery = createDiscovery({ consulUrl: config.CONSUL_URL, log });
  scope.defer('discovery', () => discovery.close());
  return { redis, subscriber, bus, discovery };
}
