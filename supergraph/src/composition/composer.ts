import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { SubgraphInstances } from '../subgraphs/instances.ts';
import { compose, type ComposeOutcome, type CompositionFault } from './compose.ts';
import { readSupergraph } from './read-supergraph.ts';
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
 * Starts to compose. A subgraph that has left the catalogue keeps its last SDL: its fields fail with a code, the graph does
 * not shrink. A failing composition keeps the last good supergraph and says why in `state.faults`.
 * Ordering: at most one composition runs; the SDLs that arrive meanwhile are composed after it.
 */
export function startComposition(
  deps: CompositionDeps,
  { expected = [], firstSettleMs = 300, settleMs = 200 }: CompositionOptions = {},
): Composition {
  const { instances, log } = deps;
  const listeners = new Set<(supergraph: Supergraph) => void>();
  const closing = new AbortController();
  let supergraph: Supergraph | null = null;
  let faults: readonly CompositionFault[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const missing = () => expected.filter((name) => !sdls.current.has(name));
  const composeNow = async () => {
    if (closing.signal.aborted || (supergraph === null && missing().length > 0)) return;
    const known = [...sdls.current].sort(([a], [b]) => (a < b ? -1 : 1));
    const outcome = await composeSafely(known.map(([name, { sdl }]) => ({ name, url: `http://${name}/graphql`, sdl })), closing.signal);
    if (closing.signal.aborted) return;
    faults = outcome.faults;
    if (!outcome.sdl) return log.error({ faults }, supergraph ? 'composition failed: the last good graph stays' : 'composition failed');
    if (outcome.sdl === supergraph?.sdl) return;
    supergraph = readSupergraph(outcome.sdl, new Map(known.map(([name, { hash }]) => [name, hash])));
    log.info({ graph: supergraph.id, subgraphs: supergraph.subgraphs.map(({ name }) => name) }, 'composed');
    for (const listener of listeners) listener(supergraph);
  };
  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        running = running.then(composeNow).catch((fault: unknown) => {
          faults = [{ code: 'COMPOSITION_BROKEN', message: describeFault(fault), subgraphs: [] }];
          log.error({ fault: describeFault(fault) }, 'composition failed');
        });
      },
      supergraph ? settleMs : firstSettleMs,
    );
  };
  const sdls = followSdls(deps, schedule);

  return {
    get supergraph() {
      return supergraph;
    },
    get state() {
      const names = [...new Set([...instances.current.keys(), ...expected])].sort();
      return {
        phase: supergraph ? 'composed' : 'waiting',
        subgraphs: names.map((name) => ({
          name,
          sdlHash: sdls.current.get(name)?.hash ?? null,
          instances: instances.current.get(name)?.length ?? 0,
        })),
        waitsFor: supergraph ? [] : describeWait({ missing: missing(), known: sdls.current.size, faults }),
        faults,
      };
    },
    onSupergraph(listener) {
      listeners.add(listener);
      if (supergraph) listener(supergraph);
      return () => listeners.delete(listener);
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      sdls.close();
      listeners.clear();
      await running;
    },
  };
}

async function composeSafely(
  subgraphs: Parameters<typeof compose>[0],
  signal: AbortSignal,
): Promise<{ readonly sdl?: string; readonly faults: readonly CompositionFault[] }> {
  const outcome: ComposeOutcome = await compose(subgraphs, { signal });
  return 'faults' in outcome ? { faults: outcome.faults } : { sdl: outcome.supergraphSdl, faults: [] };
}

function describeWait(at: { missing: readonly string[]; known: number; faults: readonly CompositionFault[] }): readonly string[] {
  if (at.missing.length > 0) return at.missing.map((name) => `subgraph ${name} has not been seen yet`);
  if (at.known === 0) return ['no subgraph has been seen yet'];
  if (at.faults.length === 0) return ['the first composition is under way'];
  return at.faults.map(({ code, message }) => `${code}: ${message}`);
}
