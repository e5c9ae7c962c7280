import { buildSubgraphSchema } from '@apollo/subgraph';
import { createLog } from '@storefront/platform/log/log.ts';
import { type ExecutionResult, graphql, type GraphQLSchema, parse } from 'graphql';
import type { FetchCache } from '../../cache/fetch-cache.ts';
import { compose } from '../../composition/compose.ts';
import { fixedComposition } from '../../composition/fixed-composition.ts';
import { readSupergraph } from '../../composition/read-supergraph.ts';
import type { SubgraphClient, SubgraphSend } from '../../subgraphs/client.ts';
import { createEngine, type Engine, type EngineOptions } from '../engine.ts';
import { loadStock } from './stock.ts';
import type { TestSubgraph } from './test-subgraph.ts';

/** A GraphQL request as a subgraph in memory got it. */
export interface Asked {
  readonly subgraph: string;
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What a test may make of a request before its subgraph answers: an answer of its own, or a rejection. */
export type Intercept = (asked: Asked) => unknown;

/** Subgraphs without a network, run by the engine and by Apollo's executor. */
export interface MemoryGraph {
  readonly engine: Engine;
  /** What the engine asked the subgraphs, oldest first. */
  readonly asked: Asked[];
  /** What stands before the subgraphs, for the engine and for Apollo's. */
  intercept: Intercept;
  /** The same operation by @apollo/gateway's `executeQueryPlan`. */
  stock(source: string, variables?: Readonly<Record<string, unknown>>): Promise<ExecutionResult>;
  close(): Promise<void>;
}

/** How the engine behaves, and what stands between it and the subgraphs. */
export interface MemoryGraphOptions extends EngineOptions {
  readonly wrap?: (client: SubgraphClient) => SubgraphClient;
  readonly cache?: FetchCache;
}

/** Composes the subgraphs and starts an engine over them. `wrap` stands between the engine and the subgraphs. */
export async function startMemoryGraph(
  subgraphs: readonly TestSubgraph[],
  { wrap = (client) => client, cache, ...options }: MemoryGraphOptions = {},
): Promise<MemoryGraph> {
  const log = createLog({ service: 'test', level: 'silent' });
  const sdls = subgraphs.map(({ name, sdl }) => ({ name, sdl, url: `http://${name}/graphql` }));
  const outcome = await compose(sdls, { signal: new AbortController().signal });
  if ('faults' in outcome) throw new Error(outcome.faults.map(({ message }) => message).join('\n'));
  const supergraph = readSupergraph(outcome.supergraphSdl);
  const schemas = new Map(subgraphs.map((subgraph) => [subgraph.name, buildSchema(subgraph)]));
  const asked: Asked[] = [];
  const answer = async (request: Asked): Promise<unknown> => {
    const intercepted: unknown = await graph.intercept(request);
    return intercepted === undefined ? answerFrom(schemas.get(request.subgraph), request) : intercepted;
  };
  const client: SubgraphClient = {
    async send(request) {
      const question = readQuestion(request);
      asked.push(question);
      const bytes = Buffer.from(JSON.stringify(await answer(question)));
      if (request.expected?.equals(bytes)) return { status: 200, json: undefined, bytes, isExpected: true };
      return { status: 200, json: JSON.parse(bytes.toString()) as unknown, bytes };
    },
    close: async () => undefined,
  };
  const composition = fixedComposition(supergraph);
  const engine = createEngine({ composition, client: wrap(client), log, ...(cache ? { cache } : {}) }, options);
  const stock = await loadStock(supergraph.gatewaySdl, answer);
  const graph: MemoryGraph = {
    engine,
    asked,
    intercept: () => undefined,
    stock: (source, variables = {}) => stock.run(parse(source), variables),
    async close() {
      await engine.close();
      await stock.close();
    },
  };
  await new Promise<void>((resolve) => engine.onGraph(() => resolve()));
  return graph;
}

function buildSchema({ sdl, resolvers }: TestSubgraph): GraphQLSchema {
  return buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
}

function readQuestion({ subgraph, body }: SubgraphSend): Asked {
  return { subgraph, ...(JSON.parse(body) as Omit<Asked, 'subgraph'>) };
}

/** As it comes from a network: nothing is shared with the subgraph. */
async function answerFrom(schema: GraphQLSchema | undefined, { query, variables, operationName }: Asked) {
  if (!schema) throw new Error('no such subgraph');
  const result = await graphql({
    schema,
    source: query,
    variableValues: variables,
    rootValue: {},
    ...(operationName ? { operationName } : {}),
  });
  return JSON.parse(JSON.stringify(result)) as unknown;
}
