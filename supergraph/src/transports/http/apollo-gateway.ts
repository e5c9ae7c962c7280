import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import type {
  GatewayExecutor,
  GatewayInterface,
  GatewaySchemaLoadOrUpdateCallback,
} from '@apollo/server-gateway-interface';
import { buildSchema } from 'graphql';
import type { DocumentNode } from 'graphql';
import type { Engine, Graph } from '../../engine/engine.ts';
import type { Documents } from '../../guards/documents.ts';
import { toEngineRequest } from './engine-request.ts';
import type { OperationContext } from './operation-context.ts';

/**
 * The engine in the shape that Apollo Server takes a gateway in. Apollo must have a schema at its start, so before the
 * first graph it gets one that says nothing; the route lets no operation through to it.
 */
export function createApolloGateway(engine: Engine): GatewayInterface {
  const listeners = new Set<GatewaySchemaLoadOrUpdateCallback>();
  const tell = (graph: Pick<Graph, 'schema' | 'supergraphSdl'>) => {
    for (const listener of listeners) listener({ apiSchema: graph.schema, coreSupergraphSdl: graph.supergraphSdl });
  };
  let unsubscribe: () => void = () => undefined;
  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async load() {
      if (engine.state.phase === 'waiting') {
        tell({ schema: buildSchema('type Query { isWaiting: Boolean! }'), supergraphSdl: '' });
      }
      unsubscribe = engine.onGraph(tell);
      return { executor: createExecutor(engine) };
    },
    async stop() {
      unsubscribe();
    },
  };
}

function createExecutor(engine: Engine): GatewayExecutor {
  return async ({ context, document, source, request }) => {
    const { operationName, variables, extensions } = request;
    const asked = { document, source, operationName, variables, extensions };
    return engine.execute(toEngineRequest(context as OperationContext, asked));
  };
}

/** The documents that the host need not read. */
export interface HostDocuments {
  readonly store: NonNullable<ApolloServerOptionsWithGateway<BaseContext>['documentStore']>;
  /** Whether Apollo Server would find this admitted document, so that no hook of parsing and validation is due for it. */
  isKnown(document: DocumentNode): boolean;
}

/**
 * Lets Apollo Server find the documents that admission has parsed and validated for the graph now served, so that it is
 * done once. Apollo's keys end in the SHA-256 of the text; a text that was refused is not found, so that Apollo reads it
 * again and reports everything that is wrong with it. When plugins hear of requests, Apollo reads each text once itself: they
 * hear parsingDidStart and validationDidStart then, as with any other document store.
 */
export function createHostDocuments(
  engine: Pick<Engine, 'state'>,
  documents: Documents,
  { isHeard }: { readonly isHeard: boolean },
): HostDocuments {
  const readByApollo = new WeakSet<DocumentNode>();
  const isKnown = (document: DocumentNode) => !isHeard || readByApollo.has(document);
  const find = (key: string) => {
    const { state } = engine;
    return state.phase === 'serving' ? documents.find(state.graph.schema, key.slice(-64)) : undefined;
  };
  return {
    isKnown,
    store: {
      async get(key) {
        const document = find(key);
        return document && isKnown(document) ? document : undefined;
      },
      async set(key) {
        const document = find(key);
        if (document) readByApollo.add(document);
      },
      async delete() {},
    },
  };
}
