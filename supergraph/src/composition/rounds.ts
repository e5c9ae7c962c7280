import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Agreement } from './agreement.ts';
import { compose, type ComposingThread, type CompositionFault, openComposingThreads } from './compose.ts';
import { type Composed, describeComposed, inputsOf, sdlsOf } from './composed.ts';
import { readSupergraph } from './read-supergraph.ts';
import type { KnownSdl } from './sdl-source.ts';
import type { Supergraph } from './supergraph.ts';

/** Composes in rounds: each takes the SDLs as they are when it begins. */
export interface Rounds {
  /** How they stand. */
  state(): {
    /** The last good one. */
    readonly supergraph: Supergraph | null;
    /** The SDLs that the last good one was composed of. */
    readonly composedOf: ReadonlyMap<string, KnownSdl>;
    /** Why the last round gave none; empty when it did. */
    readonly faults: readonly CompositionFault[];
  };
  onSupergraph(listener: (supergraph: Supergraph) => void): () => void;
  /** Asks for a round when things have been quiet for a moment. */
  request(): void;
  /** Ends when the running round has ended; its outcome is dropped. */
  close(): Promise<void>;
}

/** What rounds are made of. A round that is not ready (`isReady`) is left out. */
export interface RoundsOptions {
  readonly log: Log;
  readonly sdls: () => ReadonlyMap<string, KnownSdl>;
  readonly isReady: () => boolean;
  /** How long things must be quiet before the first supergraph is composed, and before a later one. */
  readonly firstSettleMs: number;
  readonly settleMs: number;
  readonly agreement: Agreement;
  /** The graph to begin with; null when there is none. */
  readonly lastGood: Composed | null;
  /** Called with each graph that is good. */
  readonly keep: (composed: Composed) => void;
}

/**
 * A set of SDLs that another gateway has composed is not composed again (see agreement.ts).
 * Ordering: one round at a time; what is requested meanwhile runs after it. A failing round keeps the last good supergraph.
 * The first round's thread is started at once, so that it loads while subgraphs are awaited, unless there is a graph to begin with.
 */
export function composeInRounds(options: RoundsOptions): Rounds {
  const { log, isReady, sdls, firstSettleMs, settleMs, lastGood, agreement, keep } = options;
  const listeners = new Set<(supergraph: Supergraph) => void>();
  const closing = new AbortController();
  const threads = openComposingThreads({ isSoon: lastGood === null });
  let supergraph = lastGood && readKnown(lastGood, log);
  let composedOf: ReadonlyMap<string, KnownSdl> = lastGood && supergraph ? sdlsOf(lastGood) : new Map();
  let faults: readonly CompositionFault[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const serve = (fresh: Supergraph, graph: Composed) => {
    keep(graph);
    supergraph = fresh;
    log.info({ graph: fresh.id, subgraphs: fresh.subgraphs.map(({ name }) => name) }, 'composed');
    for (const listener of listeners) listener(fresh);
  };
  const round = async () => {
    if (closing.signal.aborted || !isReady()) return;
    const taken = sdls();
    const composeNow = () => composeKnown(taken, { thread: threads.next(), signal: closing.signal });
    const composed = await agreeOn(taken, agreement, composeNow);
    if (closing.signal.aborted) return;
    faults = composed.faults;
    if (!composed.graph) return log.error({ faults }, 'composition failed: what is served stays');
    composedOf = taken;
    const fresh = readKnown(composed.graph, log);
    if (fresh && fresh.id !== supergraph?.id) serve(fresh, composed.graph);
  };
  return {
    state: () => ({ supergraph, composedOf, faults }),
    onSupergraph(listener) {
      listeners.add(listener);
      if (supergraph) listener(supergraph);
      return () => listeners.delete(listener);
    },
    request() {
      clearTimeout(timer);
      timer = setTimeout(() => (running = running.then(round)), supergraph ? settleMs : firstSettleMs);
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      listeners.clear();
      await Promise.all([running, threads.close()]);
    },
  };
}

type Outcome = { readonly graph?: Composed; readonly faults: readonly CompositionFault[] };

/** What somebody has composed of the same, else what is composed now, and told to the others. */
async function agreeOn(
  sdls: ReadonlyMap<string, KnownSdl>,
  agreement: Agreement,
  composeNow: () => Promise<Outcome>,
): Promise<Outcome> {
  const agreed = await agreement.find(inputsOf(sdls));
  if (agreed) return { graph: agreed, faults: [] };
  const { graph, faults } = await composeNow();
  return graph ? { graph: await agreement.settle(graph), faults } : { faults };
}

/** Null when it cannot be read, which only a graph of somebody else's making can. */
function readKnown(composed: Composed, log: Log): Supergraph | null {
  try {
    return readSupergraph(composed.sdl, new Map(composed.subgraphs.map(({ name, hash }) => [name, hash])));
  } catch (fault) {
    log.error({ fault: describeFault(fault) }, 'a composed graph cannot be read');
    return null;
  }
}

/** The URL of a subgraph is a name for the place, not an address: it does not change with instances. Never throws. */
async function composeKnown(
  sdls: ReadonlyMap<string, KnownSdl>,
  options: { readonly signal: AbortSignal; readonly thread: ComposingThread },
): Promise<Outcome> {
  const known = [...sdls].sort(([a], [b]) => (a < b ? -1 : 1));
  try {
    const outcome = await compose(
      known.map(([name, { sdl }]) => ({ name, url: `http://${name}/graphql`, sdl })),
      options,
    );
    if ('faults' in outcome) return outcome;
    readSupergraph(outcome.supergraphSdl);
    return { graph: describeComposed(sdls, outcome.supergraphSdl), faults: [] };
  } catch (fault) {
    return { faults: [{ code: 'COMPOSITION_BROKEN', message: describeFault(fault), subgraphs: [] }] };
  }
}
