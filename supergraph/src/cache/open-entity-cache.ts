import type { Bus } from '@storefront/platform/bus/bus.ts';
import type { Scope } from '@storefront/platform/process/run.ts';
import { openRedis } from '@storefront/platform/redis/redis.ts';
import type { HouseConfig } from '../config.ts';
import { createEntityCache, type EntityCache } from './entity-cache.ts';
import { followEventPurges } from './event-purges.ts';
import { createSharedLayer } from './shared-layer.ts';

/**
 * Opens the cache over Redis, on a connection whose commands have little time, and over the events of the house. The scope closes it.
 * @throws CodedError REDIS_UNREACHABLE
 */
export async function openEntityCache(
  { bus, scope }: { readonly bus: Pick<Bus, 'listen'>; readonly scope: Scope },
  config: HouseConfig,
): Promise<EntityCache> {
  const { log } = scope;
  const { REDIS_URL: url, ENTITY_CACHE_REDIS_TIMEOUT_MS: commandTimeoutMs } = config;
  const redis = await openRedis({ url, log, commandTimeoutMs });
  scope.defer('redis of the cache', () => redis.disconnect());
  const shared = createSharedLayer({ redis, log });
  scope.defer('shared cache', () => shared.close());
  const purges = followEventPurges({ bus, cache: () => cache }, { leaseMs: config.ENTITY_CACHE_LAG_MS });
  scope.defer('purges of the cache', () => purges.close());
  const { isCurrent, onRules } = purges;
  const cache = createEntityCache({ shared, isCurrent, onRules }, { maxBytes: config.ENTITY_CACHE_BYTES });
  return cache;
}
