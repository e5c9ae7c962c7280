import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { CacheStats } from './cache-stats.ts';

/** What is told of the cache of entities; nothing when there is none. */
export function measureCache(metrics: Metrics, cache: { readonly stats: CacheStats } | null): void {
  metrics.counters(
    {
      name: 'entity_cache_lookups_total',
      help: 'Entities and root fetches since the start, by where they came from: local, shared, stale, joined, missed, bypassed.',
      labels: ['from'],
    },
    () => {
      if (!cache) return [];
      const { localHits, sharedHits, staleHits, joined, misses, bypassed } = cache.stats;
      const counts = { local: localHits, shared: sharedHits, stale: staleHits, joined, missed: misses, bypassed };
      return Object.entries(counts).map(([from, value]) => ({ labels: { from }, value }));
    },
  );
  metrics.gauge({ name: 'entity_cache_bytes', help: 'What this process keeps.' }, () => cache?.stats.localBytes ?? 0);
  metrics.counter(
    { name: 'entity_cache_purged_tags_total', help: 'Tags that were thrown away.' },
    () => cache?.stats.purgedTags ?? 0,
  );
  metrics.counter(
    { name: 'entity_cache_shared_faults_total', help: 'How often Redis failed or was too late.' },
    () => cache?.stats.sharedFaults ?? 0,
  );
}
