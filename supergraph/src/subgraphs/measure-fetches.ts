import { usualSeconds } from '@storefront/platform/telemetry/durations.ts';
import { type Metrics, silentMetrics } from '@storefront/platform/telemetry/metrics.ts';
import type { SubgraphClient } from './client.ts';

/** Counts and times what is asked of each subgraph, repetitions within. An answer that was shared with another request counts once. */
export function measureFetches(client: SubgraphClient, metrics: Metrics): SubgraphClient {
  if (metrics === silentMetrics) return client;
  const took = metrics.histogram(
    {
      name: 'subgraph_fetch_seconds',
      help: 'How long fetches from subgraphs took, by how they ended: ok, refused (a status of 400 and above), failed, aborted.',
      labels: ['subgraph', 'outcome'],
    },
    usualSeconds,
  );
  return {
    async send(request) {
      const startedAt = performance.now();
      let outcome = 'failed';
      try {
        const answer = await client.send(request);
        outcome = answer.status < 400 ? 'ok' : 'refused';
        return answer;
      } catch (fault) {
        if (request.signal.aborted) outcome = 'aborted';
        throw fault;
      } finally {
        took.observe((performance.now() - startedAt) / 1_000, { subgraph: request.subgraph, outcome });
      }
    },
    close: () => client.close(),
  };
}
