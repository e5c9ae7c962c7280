import { describeFault } from '@storefront/platform/errors/coded-error.ts';
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
 * Ordering: supergraphs are loaded one after the other; of those that arrive meanwhile only the newest.
 */
export function followGenerations(
  deps: Omit<GenerationDeps, 'gatewayModule'> & {
    readonly composition: Composition;
    readonly loadGatewayModule: () => Promise<GatewayModule>;
  },
): Generations {
  const { composition, loadGatewayModule, log } = deps;
  const listeners = new Set<(graph: Graph) => void>();
  const retiring = new Set<Promise<void>>();
  let current: Generation | null = null;
  let fault: string | null = null;
  let next: Supergraph | null = null;
  let loading: Promise<void> = Promise.resolve();

  const retire = (generation: Generation) => {
    const retired = generation.retire().catch((cause: unknown) => log.warn({ fault: describeFault(cause) }, 'a graph did not close'));
    retiring.add(retired);
    void retired.then(() => retiring.delete(retired));
  };
  const swap = (fresh: Generation) => {
    const old = current;
    current = fresh;
    if (old) retire(old);
    log.info({ graph: fresh.graph.id }, 'serving');
    for (const listener of listeners) listener(fresh.graph);
  };
  const loadNext = async () => {
    const supergraph = next;
    next = null;
    if (!supergraph) return;
    try {
      swap(await createGeneration({ ...deps, gatewayModule: await loadGatewayModule() }, supergraph));
      fault = null;
    } catch (cause) {
      fault = describeFault(cause);
      log.error({ graph: supergraph.id, fault }, 'a composed graph cannot be served: the last good one stays');
    }
  };
  const stop = composition.onSupergraph((supergraph) => {
    next = supergraph;
    loading = loading.then(loadNext);
  });
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
      next = null;
      await loading;
      if (current) retire(current);
      await Promise.all(retiring);
    },
  };
}
