import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { SubgraphInstances } from '../subgraphs/instances.ts';
import { type Agreement, noAgreement } from './agreement.ts';
import type { CompositionFault } from './compose.ts';
import { type Composed, sdlsOf } from './composed.ts';
import type { LastGood } from './last-good.ts';
import { noneRetired, type Retired } from './retired.ts';
import { composeInRounds } from './rounds.ts';
import { followSdls, type SdlSource } from './sdl-source.ts';
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
  /** What this gateway does together with others. Default: nothing. */
  readonly agreement?: Agreement;
  /** The graph to begin with, and where the next one is kept. Default: none, nowhere. */
  readonly lastGood?: Pick<LastGood, 'composed' | 'keep'>;
  /** The subgraphs that are dropped once they have left the catalogue. Default: none. */
  readonly retired?: Retired;
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
 * that never was part of the graph: neither stands in the way of others. One that an operator has retired is dropped when it leaves. A failing composition keeps the last good supergraph and says why in `state.faults`.
 */
export function startComposition(
  deps: CompositionDeps,
  { expected = [], firstSettleMs = 300, settleMs = 1_000 }: CompositionOptions = {},
): Composition {
  const { instances, log, agreement = noAgreement, retired = noneRetired } = deps;
  const left = new Set<string>();
  const isDropped = (name: string) => left.has(name) && retired.names.has(name);
  const counts = (name: string) => !isDropped(name) && (!left.has(name) || rounds.state().composedOf.has(name));
  const read = () => {
    const present = [...sdls.current].filter(([name]) => !left.has(name));
    const gone = [...rounds.state().composedOf].filter(([name]) => left.has(name) && !isDropped(name));
    return new Map([...present, ...gone]);
  };
  const lastGood = usable(deps.lastGood?.composed ?? null, expected);
  const isReady = () =>
    rounds.state().supergraph !== null || (read().size > 0 && expected.every((name) => read().has(name)));
  const settling = { firstSettleMs, settleMs };
  const keep = (composed: Composed) => void deps.lastGood?.keep(composed);
  const rounds = composeInRounds({ log, sdls: read, isReady, ...settling, agreement, lastGood, keep });
  const sdls = followSdls(deps, () => rounds.request(), lastGood ? sdlsOf(lastGood) : new Map());
  const ends = [
    instances.onChange((name) => void (left.delete(name) && rounds.request())),
    instances.onLeave((name) => {
      left.add(name);
      rounds.request();
    }),
    retired.onChange(() => rounds.request()),
  ];
  return {
    get supergraph() {
      return rounds.state().supergraph;
    },
    get state() {
      const seen = [...instances.current.keys()].filter(counts);
      return describeState({ ...rounds.state(), expected, seen, read: read(), instances, sdls });
    },
    onSupergraph: (listener) => rounds.onSupergraph(listener),
    async close() {
      for (const end of ends) end();
      sdls.close();
      await rounds.close();
    },
  };
}

/** One without an expected subgraph is no graph to begin with. */
function usable(composed: Composed | null, expected: readonly string[]): Composed | null {
  const names = new Set(composed?.subgraphs.map(({ name }) => name));
  return expected.every((name) => names.has(name)) ? composed : null;
}

interface Standing extends Waiting, Pick<CompositionDeps, 'instances'> {
  readonly supergraph: Supergraph | null;
  readonly sdls: Pick<SdlSource, 'current'>;
}

function describeState({ supergraph, instances, sdls, ...waiting }: Standing): CompositionState {
  const { seen, expected, faults } = waiting;
  return {
    phase: supergraph ? 'composed' : 'waiting',
    subgraphs: [...new Set([...seen, ...expected])].sort().map((name) => ({
      name,
      sdlHash: sdls.current.get(name)?.hash ?? null,
      instances: instances.current.get(name)?.length ?? 0,
    })),
    waitsFor: supergraph ? [] : describeWait(waiting),
    faults,
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
