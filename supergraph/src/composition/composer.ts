import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { SubgraphInstances } from '../subgraphs/instances.ts';
import type { CompositionFault } from './compose.ts';
import { composeInRounds } from './rounds.ts';
import { followSdls } from './sdl-source.ts';
import type { Supergraph } from './supergraph.ts';

/** How composition stands, for readiness. */
export interface CompositionState {
  readonly phase: 'waiting' | 'composed';
  /** The subgraphs that were seen; `sdlHash` is null until the SDL has been read. */
  readonly subgraphs: readonly { readonly name: string; readonly sdlHash: string | null; readonly instances: number }[];
  /** What it waits for, for people; empty when there is a graph. */
  readonly waitsFor: readonly string[];
  /** Why the newest SDLs are not served; empty when they are. */
  readonly faults: readonly CompositionFault[];
}

/** Composes a supergraph from the subgraphs that stand in the catalogue, again whenever one of them changes. */
export interface Composition {
  readonly state: CompositionState;
  /** The last good one. */
  readonly supergraph: Supergraph | null;
  /** Calls the listener with each new supergraph, and at once when there is one. Returns what ends that. */
  onSupergraph(listener: (supergraph: Supergraph) => void): () => void;
  close(): Promise<void>;
}

/** What composition works with. */
export interface CompositionDeps {
  readonly instances: SubgraphInstances;
  readonly tokens: InternalTokens;
  readonly log: Log;
}

/** `expected` names the subgraphs that must have been seen before the first graph is composed; it may be empty. */
export interface CompositionOptions {
  readonly expected?: readonly string[];
  /** How long things must be quiet before the first composition, and before a later one. */
  readonly firstSettleMs?: number;
  readonly settleMs?: number;
}

/**
 * Starts to compose. A subgraph that has left the catalogue stays with the SDL that it was last served with: its fields fail
 * with a code, the graph does not shrink. What it announced since and did not fit is forgotten when it leaves, and so is one
 * that never was part of the graph: neither stands in the way of others. A failing composition keeps the last good supergraph and says why in `state.faults`.
 */
export function startComposition(
  deps: CompositionDeps,
  { expected = [], firstSettleMs = 300, settleMs = 200 }: CompositionOptions = {},
): Composition {
  const { instances, log } = deps;
  const left = new Set<string>();
  const counts = (name: string) => !left.has(name) || rounds.composedOf.has(name);
  const read = () => {
    const present = [...sdls.current].filter(([name]) => !left.has(name));
    const gone = [...rounds.composedOf].filter(([name]) => left.has(name));
    return new Map([...present, ...gone]);
  };
  const isReady = () => rounds.supergraph !== null || (read().size > 0 && expected.every((name) => read().has(name)));
  const rounds = composeInRounds({ log, sdls: read, isReady, firstSettleMs, settleMs });
  const sdls = followSdls(deps, () => rounds.request());
  const ends = [
    instances.onChange((name) => void (left.delete(name) && rounds.request())),
    instances.onLeave((name) => {
      left.add(name);
      rounds.request();
    }),
  ];
  return {
    get supergraph() {
      return rounds.supergraph;
    },
    get state(): CompositionState {
      const { supergraph, faults } = rounds;
      const seen = [...instances.current.keys()].filter(counts);
      const names = [...new Set([...seen, ...expected])].sort();
      return {
        phase: supergraph ? 'composed' : 'waiting',
        subgraphs: names.map((name) => ({
          name,
          sdlHash: sdls.current.get(name)?.hash ?? null,
          instances: instances.current.get(name)?.length ?? 0,
        })),
        waitsFor: supergraph ? [] : describeWait({ expected, seen, read: read(), faults }),
        faults,
      };
    },
    onSupergraph: (listener) => rounds.onSupergraph(listener),
    async close() {
      for (const end of ends) end();
      sdls.close();
      await rounds.close();
    },
  };
}

interface Waiting {
  readonly expected: readonly string[];
  readonly seen: readonly string[];
  readonly read: ReadonlyMap<string, unknown>;
  readonly faults: readonly CompositionFault[];
}

function describeWait({ expected, seen, read, faults }: Waiting): readonly string[] {
  const unread = [...new Set([...expected, ...seen])].filter((name) => !read.has(name));
  if (unread.length > 0) {
    return unread.map((name) =>
      seen.includes(name)
        ? `the SDL of subgraph ${name} has not been read yet`
        : `subgraph ${name} has not been seen yet`,
    );
  }
  if (seen.length === 0) return ['no subgraph has been seen yet'];
  if (faults.length === 0) return ['the first composition is under way'];
  return faults.map(({ code, message }) => `${code}: ${message}`);
}
