import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import type { CacheStats } from '../cache/cache-stats.ts';
import type { Composition } from '../composition/composer.ts';
import type { Engine, Graph } from '../engine/engine.ts';
import type { AdaptiveLimit } from '../guards/adaptive-limit.ts';
import type { RateLimiter } from '../guards/rate-limit.ts';
import type { Balancing, InstanceState } from '../subgraphs/balancing/balancing.ts';
import { type Contribution, readContributions } from './contributions.ts';
import type { InstanceHealth, ServiceProbe } from './probe-services.ts';
import type { Recorder } from './recorder.ts';
import type { Switches } from './switches.ts';

/** What the overview is made of. */
export interface OverviewDeps {
  readonly engine: Pick<Engine, 'state' | 'fault' | 'figures' | 'onGraph'>;
  readonly composition: Pick<Composition, 'state'>;
  readonly balancing: Pick<Balancing, 'states' | 'figures'>;
  readonly limiter: Pick<RateLimiter, 'limit' | 'figures'>;
  /** What bounds how many requests are under way; null when nothing does. */
  readonly shedding: Pick<AdaptiveLimit, 'state'> | null;
  readonly recorder: Recorder;
  readonly probe: ServiceProbe;
  readonly instances: () => readonly Instance[];
  /** What subgraphs answered and is kept; null when nothing is. */
  readonly cache: { readonly stats: CacheStats } | null;
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
  /** The switches of the stack on one machine; null elsewhere. */
  readonly switches: Switches | null;
  readonly now: () => number;
}

const nothing: Contribution = { types: [], fields: [] };

/** Creates what the console shows, as one JSON object: see docs/console.md. Each call takes a new picture. */
export function createOverview(deps: OverviewDeps): () => Promise<object> {
  const { engine, recorder, now, limiter, composition } = deps;
  let contributions: ReadonlyMap<string, Contribution> = new Map();
  let servedSince = now();
  engine.onGraph((graph: Graph) => {
    contributions = readContributions(graph);
    servedSince = now();
  });
  return async () => {
    const { subgraphs, faults } = composition.state;
    const [servers, switches] = await Promise.all([checkServers(deps.checks), deps.switches?.list() ?? null]);
    const health = deps.probe.read();
    const traffic = recorder.subgraphs();
    const states = new Map(deps.balancing.states().map((state) => [`${state.subgraph} ${state.instance}`, state]));
    const attempts = new Map(deps.balancing.figures().map(({ subgraph, ...figures }) => [subgraph, figures]));
    const instancesOf = (name: string) =>
      deps
        .instances()
        .filter((one) => one.name === name)
        .map((one) => describeInstance(one, { state: states.get(`${name} ${one.id}`), health: health.get(one.id) }));
    return {
      at: new Date(now()).toISOString(),
      graph: {
        phase: engine.state.phase,
        id: engine.state.phase === 'serving' ? engine.state.graph.id : null,
        servedSeconds: Math.round((now() - servedSince) / 1_000),
        faults: [...faults.map(({ message }) => message), ...(engine.fault === null ? [] : [engine.fault])],
      },
      subgraphs: subgraphs.map(({ name, sdlHash }) => ({
        name,
        sdlHash,
        contributes: contributions.get(name) ?? nothing,
        traffic: traffic.get(name) ?? null,
        attempts: attempts.get(name) ?? null,
        instances: instancesOf(name),
      })),
      servers,
      switches,
      history: recorder.history(),
      cache: deps.cache?.stats ?? null,
      engine: { ...readFigures(engine.figures) },
      limiter: limiter.limit
        ? { ...limiter.limit, ...limiter.figures, refusedLastMinute: recorder.countOf('RATE_LIMITED') }
        : null,
      shedding: deps.shedding?.state ?? null,
      process: { uptimeSeconds: Math.round(process.uptime()), memoryBytes: process.memoryUsage.rss() },
    };
  };
}

function describeInstance(
  { id, address, port }: Instance,
  { state, health }: { readonly state: InstanceState | undefined; readonly health: InstanceHealth | undefined },
) {
  return {
    id,
    address: `${address}:${port}`,
    port,
    breaker: state?.phase ?? 'closed',
    inFlight: state?.inFlight ?? 0,
    latencyMs: state?.latencyMs ?? null,
    health: health ?? null,
  };
}

/** Its members are looked up when they are read, so they are copied by name. */
function readFigures({ plans, planBytes, planningThreads, memoBytes, memoHits, memoMisses }: Engine['figures']) {
  return { plans, planBytes, planningThreads, memoBytes, memoHits, memoMisses };
}

const checkMs = 800;

async function checkServers(checks: OverviewDeps['checks']) {
  return Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const startedAt = performance.now();
      const late = new Promise<false>((resolve) => setTimeout(resolve, checkMs, false).unref());
      const isUp = await Promise.race([
        check().then(
          () => true,
          () => false,
        ),
        late,
      ]);
      return { name, isUp, ms: performance.now() - startedAt };
    }),
  );
}
