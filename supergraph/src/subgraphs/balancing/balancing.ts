import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { SubgraphInstances } from '../instances.ts';
import { Group, type GroupOptions } from './group.ts';
import type { RetryBudgetOptions } from './retry-budget.ts';
import { type BreakerOptions, breakerDefaults, type Phase } from './target.ts';

export type { Phase } from './target.ts';

/** How one instance stands, for people and metrics. */
export interface InstanceState {
  readonly subgraph: string;
  readonly instance: string;
  readonly phase: Phase;
  readonly inFlight: number;
  /** The average of what its answers took, of late. */
  readonly latencyMs: number;
}

/** What happened to a subgraph since the start. */
export interface SecondAttempts {
  readonly subgraph: string;
  /** Requests that went to a second instance: the first had failed, or was silent for long. */
  readonly retries: number;
  readonly hedges: number;
  /** Those that would have, had there been more of the retry budget. */
  readonly withheld: number;
  /** How often an instance was set aside. */
  readonly ejections: number;
}

/** A change of an instance's phase. */
export interface PhaseChange {
  readonly subgraph: string;
  readonly instance: string;
  readonly before: Phase;
  readonly phase: Phase;
}

/** Which instance of a subgraph is asked, and which are not (see group.ts). */
export interface Balancing {
  /** The instances of a subgraph; undefined for one that nobody has seen. */
  of(subgraph: string): Group | undefined;
  states(): readonly InstanceState[];
  figures(): readonly SecondAttempts[];
  /** Takes note of the SDLs of the graph that serves: instances that announce them are asked first (see group.ts). */
  prefer(subgraphs: readonly { readonly name: string; readonly sdlHash: string }[]): void;
  /** Calls the listener after each change. Returns what ends that. */
  onPhase(listener: (change: PhaseChange) => void): () => void;
  close(): void;
}

/** How instances are chosen and set aside; what is not given is as in `breakerDefaults`. */
export interface BalancingOptions extends Partial<BreakerOptions> {
  readonly retries?: RetryBudgetOptions;
  readonly random?: () => number;
}

/** What balancing works with. `isAlive` must not reject. */
export interface BalancingDeps {
  readonly instances: SubgraphInstances;
  readonly log: Log;
  readonly isAlive: (instance: Instance) => Promise<boolean>;
}

/** Follows the instances of all subgraphs. */
export function createBalancing({ instances, log, isAlive }: BalancingDeps, options: BalancingOptions = {}): Balancing {
  const groups = new Map<string, Group>();
  const listeners = new Set<(change: PhaseChange) => void>();
  let served: ReadonlyMap<string, string> = new Map();
  const tell = (change: PhaseChange) => {
    const text = {
      open: 'an instance is set aside',
      'half-open': 'an instance is tried',
      closed: 'an instance is back',
    };
    log[change.phase === 'open' ? 'warn' : 'info'](change, text[change.phase]);
    for (const listener of listeners) listener(change);
  };
  const settings: Omit<GroupOptions, 'onPhase'> = { ...breakerDefaults, random: Math.random, isAlive, ...options };
  const groupOf = (subgraph: string) => {
    const known = groups.get(subgraph);
    if (known) return known;
    const group = new Group({
      ...settings,
      onPhase: ({ instance, phase }, before) => tell({ subgraph, instance: instance.id, before, phase }),
    });
    const sdlHash = served.get(subgraph);
    if (sdlHash !== undefined) group.prefer(sdlHash);
    groups.set(subgraph, group);
    return group;
  };
  const stop = instances.onChange((name, found) => groupOf(name).update(found, performance.now()));
  return {
    of: (subgraph) => groups.get(subgraph),
    prefer(subgraphs) {
      served = new Map(subgraphs.map(({ name, sdlHash }) => [name, sdlHash]));
      for (const [name, sdlHash] of served) groups.get(name)?.prefer(sdlHash);
    },
    states: () => [...groups].flatMap(([subgraph, group]) => describe(subgraph, group)),
    figures: () =>
      [...groups].map(([subgraph, group]) => ({ subgraph, ...group.figures, withheld: group.retries.withheld })),
    onPhase(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      stop();
      listeners.clear();
      for (const group of groups.values()) group.close();
    },
  };
}

function describe(subgraph: string, { targets }: Group): readonly InstanceState[] {
  return targets.map((target) => ({
    subgraph,
    instance: target.instance.id,
    phase: target.phase,
    inFlight: target.inFlight,
    latencyMs: target.latencyMs,
  }));
}
