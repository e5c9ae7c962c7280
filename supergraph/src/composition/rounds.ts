import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { compose, type ComposingThread, type CompositionFault, openComposingThreads } from './compose.ts';
import { readSupergraph } from './read-supergraph.ts';
import type { KnownSdl } from './sdl-source.ts';
import type { Supergraph } from './supergraph.ts';

/** Composes in rounds: each takes the SDLs as they are when it begins. */
export interface Rounds {
  /** The last good one. */
  readonly supergraph: Supergraph | null;
  /** The SDLs that the last good one was composed of. */
  readonly composedOf: ReadonlyMap<string, KnownSdl>;
  /** Why the last round gave none; empty when it did. */
  readonly faults: readonly CompositionFault[];
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
}

/**
 * Ordering: one round at a time; what is requested meanwhile runs after it. A failing round keeps the last good supergraph.
 * The first round's thread is started at once, so that it loads while subgraphs are awaited.
 */
export function composeInRounds(options: RoundsOptions): Rounds {
  const { log, isReady, sdls, firstSettleMs, settleMs } = options;
  const listeners = new Set<(supergraph: Supergraph) => void>();
  const closing = new AbortController();
  const threads = openComposingThreads();
  let supergraph: Supergraph | null = null;
  let composedOf: ReadonlyMap<string, KnownSdl> = new Map();
  let faults: readonly CompositionFault[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const round = async () => {
    if (closing.signal.aborted || !isReady()) return;
    const taken = sdls();
    const composed = await composeKnown(taken, { thread: threads.next(), signal: closing.signal });
    if (closing.signal.aborted) return;
    faults = composed.faults;
    if (!composed.supergraph) return log.error({ faults }, 'composition failed: what is served stays');
    composedOf = taken;
    if (composed.supergraph.id === supergraph?.id) return;
    supergraph = composed.supergraph;
    log.info({ graph: supergraph.id, subgraphs: supergraph.subgraphs.map(({ name }) => name) }, 'composed');
    for (const listener of listeners) listener(supergraph);
  };
  return {
    get supergraph() {
      return supergraph;
    },
    get composedOf() {
      return composedOf;
    },
    get faults() {
      return faults;
    },
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

interface Composed {
  readonly supergraph?: Supergraph;
  readonly faults: readonly CompositionFault[];
}

/** The URL of a subgraph is a name for the place, not an address: it does not change with instances. Never throws. */
async function composeKnown(
  sdls: ReadonlyMap<string, KnownSdl>,
  options: { readonly signal: AbortSignal; readonly thread: ComposingThread },
): Promise<Composed> {
  const known = [...sdls].sort(([a], [b]) => (a < b ? -1 : 1));
  try {
    const outcome = await compose(
      known.map(([name, { sdl }]) => ({ name, url: `http://${name}/graphql`, sdl })),
      options,
    );
    if ('faults' in outcome) return outcome;
    const hashes = new Map(known.map(([name, { hash }]) => [name, hash]));
    return { supergraph: readSupergraph(outcome.supergraphSdl, hashes), faults: [] };
  } catch (fault) {
    return { faults: [{ code: 'COMPOSITION_BROKEN', message: describeFault(fault), subgraphs: [] }] };
  }
}
