import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Composition } from '../composition/composer.ts';
import type { Engine } from '../engine/engine.ts';
import type { Balancing } from '../subgraphs/balancing/balancing.ts';

/** What is told of the graph that is served, and of what the engine keeps. */
export function measureGraph(
  metrics: Metrics,
  {
    engine,
    composition,
    balancing,
  }: {
    readonly engine: Pick<Engine, 'state' | 'fault' | 'figures' | 'onGraph'>;
    readonly composition: Pick<Composition, 'state'>;
    readonly balancing: Pick<Balancing, 'states' | 'figures'>;
  },
): void {
  let servedSince = Date.now();
  const swaps = metrics.counter({ name: 'graph_swaps_total', help: 'How often a graph began to be served.' });
  engine.onGraph(() => {
    servedSince = Date.now();
    swaps.add();
  });
  const isServing = () => Number(engine.state.phase === 'serving');
  metrics.gauge({ name: 'graph_serving', help: '1 while a graph is served.' }, isServing);
  metrics.gauge(
    { name: 'graph_age_seconds', help: 'Since when the graph is served; since the start while there is none.' },
    () => (Date.now() - servedSince) / 1_000,
  );
  metrics.gauge(
    { name: 'composition_faults', help: 'Why the newest SDLs are not served: how many reasons, 0 when they are.' },
    () => composition.state.faults.length + Number(engine.fault !== null),
  );
  metrics.gauges({ name: 'subgraph_instances', help: 'Known instances.', labels: ['subgraph'] }, () =>
    composition.state.subgraphs.map(({ name, instances }) => ({ labels: { subgraph: name }, value: instances })),
  );
  measureEngine(metrics, engine);
  measureInstances(metrics, balancing);
  measureAttempts(metrics, balancing);
}

function measureAttempts(metrics: Metrics, balancing: Pick<Balancing, 'figures'>): void {
  metrics.counters(
    {
      name: 'subgraph_second_attempts_total',
      help: 'Requests to a second instance: retry (the first failed), hedge (it was silent for long); withheld: the retry budget was spent.',
      labels: ['subgraph', 'kind'],
    },
    () =>
      balancing.figures().flatMap(({ subgraph, retries, hedges, withheld }) =>
        Object.entries({ retry: retries, hedge: hedges, withheld }).map(([kind, value]) => ({
          labels: { subgraph, kind },
          value,
        })),
      ),
  );
  metrics.counters(
    { name: 'subgraph_ejections_total', help: 'How often an instance was set aside.', labels: ['subgraph'] },
    () => balancing.figures().map(({ subgraph, ejections }) => ({ labels: { subgraph }, value: ejections })),
  );
}

function measureInstances(metrics: Metrics, balancing: Pick<Balancing, 'states'>): void {
  const labels = ['subgraph', 'instance'];
  metrics.gauges(
    {
      name: 'subgraph_breaker_phase',
      help: '1 for the phase that the breaker of an instance is in: closed, half-open, open.',
      labels: [...labels, 'phase'],
    },
    () =>
      balancing.states().map(({ subgraph, instance, phase }) => ({ labels: { subgraph, instance, phase }, value: 1 })),
  );
  metrics.gauges({ name: 'subgraph_in_flight', help: 'Requests under way to an instance.', labels }, () =>
    balancing.states().map(({ subgraph, instance, inFlight: value }) => ({ labels: { subgraph, instance }, value })),
  );
}

function measureEngine(metrics: Metrics, engine: Pick<Engine, 'figures'>): void {
  metrics.gauge({ name: 'plan_cache_plans', help: 'Plans that are kept.' }, () => engine.figures.plans);
  metrics.gauge({ name: 'plan_cache_bytes', help: 'What they take, by estimate.' }, () => engine.figures.planBytes);
  metrics.gauge({ name: 'planning_threads', help: 'Threads that plan.' }, () => engine.figures.planningThreads);
  metrics.gauge({ name: 'memo_bytes', help: 'What is kept of how operations went.' }, () => engine.figures.memoBytes);
  metrics.counter(
    { name: 'memo_hits_total', help: 'Operations whose subgraphs answered what they had answered before.' },
    () => engine.figures.memoHits,
  );
  metrics.counter(
    { name: 'memo_misses_total', help: 'Operations that were remembered, and had another answer.' },
    () => engine.figures.memoMisses,
  );
}
