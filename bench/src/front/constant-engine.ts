import type { Engine } from '@storefront/supergraph/src/engine/engine.ts';
import type { GraphQLSchema } from 'graphql';

/** An engine that answers everything with the same data, at once: what is measured then is what stands before it. */
export function constantEngine(schema: GraphQLSchema): Engine {
  const graph = {
    id: 'constant',
    schema,
    supergraphSdl: '',
    policies: { types: new Map(), fields: new Map() },
    liveFields: new Map(),
    subgraphs: [],
  };
  return {
    state: { phase: 'serving', graph },
    fault: null,
    figures: { plans: 0, planBytes: 0, planningThreads: 0, memoBytes: 0, memoHits: 0, memoMisses: 0 },
    onGraph(listener) {
      listener(graph);
      return () => undefined;
    },
    execute: async () => ({ data: { book: { title: 'The old harbour' } } }),
    executeInParts(request) {
      return this.execute(request);
    },
    explain: () => Promise.reject(new Error('nothing is planned here')),
    isDeferred: () => false,
    price: () => 1,
    executeEvent: async () => ({ data: null }),
    authorizeSubscription: () => [],
    liveField: () => ({ events: [], filter: null, seesAll: null, after: null, afterVariable: null }),
    close: async () => undefined,
  };
}
