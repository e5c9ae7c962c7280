import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import { type DocumentNode, execute, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { fixedComposition } from '../../composition/fixed-composition.ts';
import { readSupergraph } from '../../composition/read-supergraph.ts';
import { isIncremental } from '../defer/incremental-result.ts';
import { createEngine, type Engine } from '../engine.ts';
import { loadStock, type Stock } from '../testing/stock.ts';
import { createData, type DataSeed } from './data.ts';
import { mergeParts } from './defers.ts';
import { type Facts, readFacts, type SubgraphText } from './facts.ts';
import type { Fault } from './faults.ts';
import { type Exchange, serveInMemory } from './memory-client.ts';
import { readReliance, type Reliance } from './relied-upon.ts';
import { resolveField, resolveType, type RunState } from './run-state.ts';

/** One operation on one state of the world. */
export interface Case {
  readonly document: DocumentNode;
  readonly source: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly data: DataSeed;
  readonly faults: readonly Fault[];
}

/** What came of a case on both ways. */
export interface Answers {
  /** graphql-js on one merged schema. */
  readonly expected: ExecutionResult;
  /** The engine, over subgraphs. It has answered the operation before, on other data. */
  readonly actual: ExecutionResult;
  /** The engine, once more: when nothing goes wrong, it remembers how it went. */
  readonly again: ExecutionResult;
  /** What is wrong with the parts of an answer in parts. */
  readonly complaints?: readonly string[];
  readonly exchanges: readonly Exchange[];
}

/** A supergraph that is served twice: by graphql-js as one schema, and by the engine over subgraphs in memory. */
export interface World {
  readonly facts: Facts;
  readonly reliance: ReadonlyMap<string, Reliance>;
  /** The API schema. */
  readonly schema: GraphQLSchema;
  /** Executes a case on both ways. One at a time. */
  run(testCase: Case): Promise<Answers>;
  /** Executes a case by @apollo/gateway's planner and executor. One at a time. @throws whatever those throw */
  runByStock(testCase: Case): Promise<ExecutionResult>;
  close(): Promise<void>;
}

/** Composes subgraphs and serves them. Returns composition's messages when they do not compose. */
export async function openWorld(
  texts: readonly SubgraphText[],
): Promise<World | { readonly refused: readonly string[] }> {
  const facts = readFacts(texts);
  const { supergraphSdl, errors } = composeServices(
    facts.subgraphs.map(({ name, document }) => ({ name, url: `http://${name}`, typeDefs: document })),
  );
  if (supergraphSdl === undefined) return { refused: (errors ?? []).map(({ message }) => message) };
  const schema = Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema();
  const subgraphs = serveInMemory(facts);
  const log = createLog({ service: 'oracle', level: 'silent' });
  const supergraph = readSupergraph(supergraphSdl);
  const composition = fixedComposition(supergraph);
  let drawn = 0;
  const options = { showDetail: true, planning: { overrides: { random: () => drawn } } };
  const engine = createEngine({ composition, client: subgraphs.client, log }, options);
  const stock = whenAsked(() => loadStock(supergraph.gatewaySdl, subgraphs.answer));
  await graphOf(engine);
  const reliance = readReliance(facts);
  return {
    facts,
    reliance,
    schema,
    async run({ document, source, variables, data: seed, faults }) {
      drawn = (seed.seed % 100) / 100;
      const data = createData(facts, seed, reliance);
      const state = (): RunState => ({ data, faults, mutations: 0 });
      const expected = await executeOnOne(schema, { document, variables }, state());
      const complaints: string[] = [];
      const ask = async (on: RunState) => {
        subgraphs.use(on);
        return askEngine(engine, { document, source, variables }, complaints);
      };
      const before = faults.length > 0 ? data : createData(facts, { ...seed, seed: seed.seed + 1 }, reliance);
      for (let time = 0; time < 2; time += 1) await ask({ data: before, faults: [], mutations: 0 });
      const actual = await ask(state());
      const exchanges = [...subgraphs.exchanges];
      return { expected, actual, again: await ask(state()), complaints, exchanges };
    },
    async runByStock({ document, variables, data, faults }) {
      subgraphs.use({ data: createData(facts, data, reliance), faults, mutations: 0 });
      return plain(await stock.run(document, variables));
    },
    close: async () => void (await Promise.all([engine.close(), stock.close()])),
  };
}

async function executeOnOne(
  schema: GraphQLSchema,
  { document, variables }: Pick<Case, 'document' | 'variables'>,
  contextValue: RunState,
): Promise<ExecutionResult> {
  const resolving = { fieldResolver: resolveField, typeResolver: resolveType };
  const request = { schema, document, variableValues: variables, contextValue, ...resolving };
  return plain(await execute(request as Parameters<typeof execute>[0]));
}

async function askEngine(
  engine: Engine,
  asked: Pick<Case, 'document' | 'source' | 'variables'>,
  complaints: string[],
): Promise<ExecutionResult> {
  const request = { ...asked, caller: anonymous, clientAddress: '127.0.0.1', traceparent: newTraceparent() };
  const answer = await engine.executeInParts({ ...request, signal: new AbortController().signal });
  return plain(isIncremental(answer) ? await mergeParts(answer, complaints) : answer);
}

/** Loads it with the first operation. */
function whenAsked(load: () => Promise<Stock>): Stock {
  let loaded: Promise<Stock> | null = null;
  return {
    run: async (...operation) => (await (loaded ??= load())).run(...operation),
    close: async () => (await loaded)?.close(),
  };
}

function graphOf(engine: Engine): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(engine.fault ?? 'the engine does not load the graph')), 10_000);
    engine.onGraph(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A result as a client gets it. */
function plain(result: ExecutionResult): ExecutionResult {
  return JSON.parse(JSON.stringify(result));
}
