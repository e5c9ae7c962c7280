import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Composition } from '../composition/composer.ts';
import type { Supergraph } from '../composition/supergraph.ts';
import { startBudget } from '../subgraphs/budget.ts';
import type { GatewayModule } from './config.ts';
import type { Graph } from './engine.ts';
import { createGeneration, type Generation, type GenerationDeps } from './generation.ts';

/** How a graph is made ready before it takes over. */
export interface WarmUpOptions {
  /** How many of the busiest operations are planned for it. Default 200; 0 for none. */
  readonly warmUpOperations?: number;
  /** How long that may keep it waiting. Default 3,000. */
  readonly warmUpTimeoutMs?: number;
}

/** The generation that serves, and what it takes to change it. */
export interface Generations {
  readonly current: Generation | null;
  /** Why the newest supergraph is not served; null when it is. */
  readonly fault: string | null;
  onGraph(listener: (graph: Graph) => void): () => void;
  close(): Promise<void>;
}

/**
 * Loads each new supergraph beside the one that serves, plans for it what is busy there, and then swaps at once: a request sees the
 * old graph or the new one, never both. The old generation retires when its last request has ended. One that cannot be loaded changes nothing.
 * Ordering: supergraphs are loaded one after the other; of those that arrive meanwhile only the newest. The gateway module
 * is loaded at once, while the first supergraph is awaited.
 */
export function followGenerations(
  deps: Omit<GenerationDeps, 'gatewayModule'> & {
    readonly composition: Composition;
    readonly loadGatewayModule: () => Promise<GatewayModule>;
  },
  options: WarmUpOptions = {},
): Generations {
  const { log } = deps;
  const listeners = createListeners();
  const retire = createRetirement(log);
  const loading = deps.loadGatewayModule();
  loading.catch(() => undefined); // the first supergraph tells
  const closing = new AbortController();
  let current: Generation | null = null;
  let fault: string | null = null;

  const swap = (fresh: Generation) => {
    if (current) retire.begin(current);
    current = fresh;
    fault = null;
    log.info({ graph: fresh.graph.id }, 'serving');
    listeners.tell(fresh.graph);
  };
  const queue = oneByOne(async (supergraph: Supergraph) => {
    try {
      const fresh = await createGeneration({ ...deps, gatewayModule: await loading }, supergraph);
      await warmUp(fresh, current, { ...options, log, signal: closing.signal });
      swap(fresh);
    } catch (cause) {
      fault = describeFault(cause);
      log.error({ graph: supergraph.id, fault }, 'a composed graph cannot be served: the last good one stays');
    }
  });
  const stop = deps.composition.onSupergraph((supergraph) => queue.push(supergraph));
  return {
    get current() {
      return current;
    },
    get fault() {
      return fault;
    },
    onGraph: (listener) => listeners.add(listener, current?.graph),
    async close() {
      stop();
      closing.abort();
      await Promise.allSettled([queue.close(), loading]);
      if (current) retire.begin(current);
      await retire.done();
    },
  };
}

function createListeners() {
  const all = new Set<(graph: Graph) => void>();
  return {
    add(listener: (graph: Graph) => void, present: Graph | undefined) {
      all.add(listener);
      if (present) listener(present);
      return () => void all.delete(listener);
    },
    tell(graph: Graph) {
      for (const listener of all) listener(graph);
    },
  };
}

/** Plans for a new generation what is busy in the one that serves. Never rejects. */
async function warmUp(
  fresh: Generation,
  serving: Generation | null,
  options: WarmUpOptions & { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const { warmUpOperations = 200, warmUpTimeoutMs = 3_000, log } = options;
  const busy = serving?.planner.cache.busiest(warmUpOperations) ?? [];
  if (busy.length === 0) return;
  const startedAtMs = performance.now();
  const budget = startBudget(options.signal, warmUpTimeoutMs);
  const { planned } = await fresh.planner.warmUp(busy, budget.signal);
  budget.end();
  const tookMs = Math.round(performance.now() - startedAtMs);
  log.info({ graph: fresh.graph.id, busy: busy.length, planned, tookMs }, 'busy operations are planned');
}

/** Does one thing after the other; of those that wait, only the newest. `task` must not throw. */
function oneByOne<Item>(task: (item: Item) => Promise<void>) {
  let waiting: Item[] = [];
  let running: Promise<void> = Promise.resolve();
  const takeNext = async () => {
    for (const item of waiting.splice(0)) await task(item);
  };
  return {
    push(item: Item) {
      waiting = [item];
      running = running.then(takeNext);
    },
    close() {
      waiting = [];
      return running;
    },
  };
}

/** Lets generations end in the background. */
function createRetirement(log: Log) {
  const retiring = new Set<Promise<void>>();
  return {
    begin(generation: Generation) {
      const retired = generation.retire().catch((cause: unknown) => {
        log.warn({ graph: generation.graph.id, fault: describeFault(cause) }, 'a graph did not close');
      });
      retiring.add(retired);
      void retired.then(() => retiring.delete(retired));
    },
    done: () => Promise.all(retiring),
  };
}
