import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Composition } from '../composition/composer.ts';
import type { Supergraph } from '../composition/supergraph.ts';
import type { GatewayModule } from './config.ts';
import type { Graph } from './engine.ts';
import { createGeneration, type Generation, type GenerationDeps } from './generation.ts';

/** The generation that serves, and what it takes to change it. */
export interface Generations {
  readonly current: Generation | null;
  /** Why the newest supergraph is not served; null when it is. */
  readonly fault: string | null;
  onGraph(listener: (graph: Graph) => void): () => void;
  close(): Promise<void>;
}

/**
 * Loads each new supergraph beside the one that serves and then swaps at once: a request sees the old graph or the new one,
 * never both. The old generation retires when its last request has ended. One that cannot be loaded changes nothing.
 * Ordering: supergraphs are loaded one after the other; of those that arrive meanwhile only the newest. The gateway module
 * is loaded at once, while the first supergraph is awaited.
 */
export function followGenerations(
  deps: Omit<GenerationDeps, 'gatewayModule'> & {
    readonly composition: Composition;
    readonly loadGatewayModule: () => Promise<GatewayModule>;
  },
): Generations {
  const { composition, loadGatewayModule, log } = deps;
  const listeners = new Set<(graph: Graph) => void>();
  const retire = createRetirement(log);
  const loading = loadGatewayModule();
  loading.catch(() => undefined); // the first supergraph tells
  let current: Generation | null = null;
  let fault: string | null = null;

  const swap = (fresh: Generation) => {
    if (current) retire.begin(current);
    current = fresh;
    fault = null;
    log.info({ graph: fresh.graph.id }, 'serving');
    for (const listener of listeners) listener(fresh.graph);
  };
  const queue = oneByOne(async (supergraph: Supergraph) => {
    try {
      swap(await createGeneration({ ...deps, gatewayModule: await loading }, supergraph));
    } catch (cause) {
      fault = describeFault(cause);
      log.error({ graph: supergraph.id, fault }, 'a composed graph cannot be served: the last good one stays');
    }
  });
  const stop = composition.onSupergraph((supergraph) => queue.push(supergraph));
  return {
    get current() {
      return current;
    },
    get fault() {
      return fault;
    },
    onGraph(listener) {
      listeners.add(listener);
      if (current) listener(current.graph);
      return () => listeners.delete(listener);
    },
    async close() {
      stop();
      await Promise.allSettled([queue.close(), loading]);
      if (current) retire.begin(current);
      await retire.done();
    },
  };
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
