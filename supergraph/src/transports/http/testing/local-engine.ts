import { createHash } from 'node:crypto';
import { execute, printSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { LiveDefinition } from '../../../composition/supergraph.ts';
import type { Engine, EngineState, Graph, OperationRequest } from '../../../engine/engine.ts';
import { selectOperation } from '../../../engine/operation.ts';
import { measureOperation } from '../../../guards/limits.ts';
import { readLiveField } from '../../../engine/live-field.ts';

/** An engine that executes in this process, for tests of what stands before it. */
export interface LocalEngine extends Engine {
  /** Every operation that reached the engine, oldest first. */
  readonly requests: readonly OperationRequest[];
  /** Swaps the graph. `root` has a function for each root field; it gets the request as its context. */
  serve(
    schema: GraphQLSchema,
    root: Readonly<Record<string, unknown>>,
    liveFields?: ReadonlyMap<string, LiveDefinition>,
  ): void;
}

/** Waits for its first graph until `serve` is called. */
export function createLocalEngine(): LocalEngine {
  const listeners = new Set<(graph: Graph) => void>();
  const requests: OperationRequest[] = [];
  let state: EngineState = { phase: 'waiting', reasons: ['subgraph users has not registered'] };
  let rootValue: Readonly<Record<string, unknown>> = {};
  const run = async (request: OperationRequest) => {
    requests.push(request);
    if (state.phase === 'waiting') throw new Error('there is no graph yet');
    const { document, operationName, variables } = request;
    const { schema } = state.graph;
    return execute({ schema, document, operationName, variableValues: variables, rootValue, contextValue: request });
  };
  return {
    requests,
    fault: null,
    explain: () => Promise.reject(new Error('nothing is planned here')),
    figures: { plans: 0, planBytes: 0, planningThreads: 0, memoBytes: 0, memoHits: 0, memoMisses: 0 },
    get state() {
      return state;
    },
    serve(schema, root, liveFields = new Map()) {
      rootValue = root;
      const graph = toGraph(schema, liveFields);
      state = { phase: 'serving', graph };
      for (const listener of listeners) listener(graph);
    },
    onGraph(listener) {
      listeners.add(listener);
      if (state.phase === 'serving') listener(state.graph);
      return () => void listeners.delete(listener);
    },
    execute: run,
    executeInParts: run,
    isDeferred: () => false,
    price: ({ document, operationName }) =>
      measureOperation(document, selectOperation(document, operationName)).rootFields,
    executeEvent: run,
    authorizeSubscription: () => [],
    liveField: (graph, document, operationName, variables) =>
      readLiveField(graph, document, { operationName, variables }),
    close: async () => undefined,
  };
}

function toGraph(schema: GraphQLSchema, liveFields: ReadonlyMap<string, LiveDefinition>): Graph {
  const supergraphSdl = printSchema(schema);
  const id = createHash('sha256').update(supergraphSdl).digest('hex').slice(0, 16);
  return {
    id,
    schema,
    supergraphSdl,
    policies: { types: new Map(), fields: new Map() },
    liveFields,
    subgraphs: [],
  };
}
