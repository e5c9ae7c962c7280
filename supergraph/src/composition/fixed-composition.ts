import type { Composition } from './composer.ts';
import type { Supergraph } from './supergraph.ts';

/** A composition that was done before and does not change. */
export function fixedComposition(supergraph: Supergraph): Composition {
  const subgraphs = supergraph.subgraphs.map(({ name }) => ({ name, sdlHash: null, instances: 1 }));
  return {
    supergraph,
    state: { phase: 'composed', subgraphs, waitsFor: [], faults: [] },
    onSupergraph(listener) {
      listener(supergraph);
      return () => undefined;
    },
    close: async () => undefined,
  };
}
