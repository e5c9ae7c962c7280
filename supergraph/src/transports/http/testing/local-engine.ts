import { createHash } from 'node:crypto';
import { execute, printSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { Engine, EngineState, Graph, OperationRequest } from '../../../engine/engine.ts';

/** An engine that executes in this process, for tests of what stands before it. */
export interface LocalEngine extends Engine {
  /** Every operation that reached the engine, oldest first. */
  readonly requests: readonly OperationRequest[];
  /** Swaps the graph. `root` has a function for each root field; it gets the request as its context. */
  serve(schema: GraphQLSchema, root: Readonly<Record<string, unknown>>): void;
}

/** Waits for its first graph until `serve` is called. Subscriptions are not executed. */
export function createLocalEngine(): LocalEngine {
  const listeners = new Set<(graph: Graph) => void>();
  const requests: OperationRequest[] = [];
  let state: EngineState = { phase: 'waiting', reasons: ['subgraph users has not registered'] };
  let rootValue: Readonly<Record<string, unknown>> = {};
  return {
    requests,
    fault: null,
    get state() {
      return state;
    },
    serve(schema, root) {
      rootValue = root;
      const graph = toGraph(schema);
      state = { phase: 'serving', graph };
      for (const listener of listeners) listener(graph);
    },
    onGraph(listener) {
      listeners.add(listener);
      if (state.phase === 'serving') listener(state.graph);
      return () => void listeners.delete(listener);
    },
    async execute(request) {
      requests.push(request);
      if (state.phase === 'waiting') throw new Error('there is no graph yet');
      const { document, operationName, variables } = request;
      return execute({
        schema: state.graph.schema,
        document,
        operationName,
        variableValues: variables,
        rootValue,
        contextValue: request,
      });
    },
    executeEvent: async () => ({ data: null }),
    authorizeSubscription: () => [],
    liveField: () => ({ events: [], filter: null, seesAll: null, after: null, afterVariable: null }),
    close: async () => undefined,
  };
}

function toGraph(schema: GraphQLSchema): Graph {
  const supergraphSdl = printSchema(schema);
  const id = createHash('sha256').update(supergraphSdl).digest('hex').slice(0, 16);
  return {
    id,
    schema,
    supergraphSdl,
    policies: { types: new Map(), fields: new Map() },
    liveFields: new Map(),
    subgraphs: [],
  };
}
