import { anonymous, type Caller } from '@storefront/platform/identity/caller.ts';
import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import { parse } from 'graphql';
import { type Composition, type CompositionOptions, startComposition } from '../../composition/composer.ts';
import { createSubgraphClient } from '../../subgraphs/client.ts';
import { watchSubgraphInstances } from '../../subgraphs/instances.ts';
import { createEngine, type Engine, type EngineOptions, type Graph, type OperationRequest } from '../engine.ts';
import { type Catalogue, createCatalogue } from './catalogue.ts';
import { type SeenRequest, serveTestSubgraph, type TestInstance, type TestSubgraph } from './test-subgraph.ts';

/** An engine over real HTTP subgraphs and a catalogue in memory. */
export interface TestGraph {
  readonly engine: Engine;
  readonly composition: Composition;
  readonly catalogue: Catalogue;
  readonly client: ReturnType<typeof createSubgraphClient>;
  /** What the subgraphs were sent, oldest first. */
  readonly requests: SeenRequest[];
  /** Serves one more instance and puts it into the catalogue. */
  serve(subgraph: TestSubgraph): Promise<TestInstance>;
  /** Resolves with the next graph that satisfies the test; at once when the present one does. */
  graphWhere(test: (graph: Graph) => boolean): Promise<Graph>;
  close(): Promise<void>;
}

/** Starts an engine and the subgraphs, and waits for the first graph unless there are none. */
export async function startTestGraph(
  subgraphs: readonly TestSubgraph[],
  options: EngineOptions & CompositionOptions = {},
): Promise<TestGraph> {
  const log = createLog({ service: 'test', level: 'silent' });
  const signingKey = await generateSigningKey('gateway');
  const tokens = createInternalTokens({ signingKey, issuer: 'gateway' });
  const catalogue = createCatalogue();
  const running: TestInstance[] = [];
  const requests: SeenRequest[] = [];
  const serve = async (subgraph: TestSubgraph) => {
    const started = await serveTestSubgraph({ log, signingKey }, subgraph, (request) => requests.push(request));
    running.push(started);
    catalogue.put(started.instance);
    return started;
  };
  await Promise.all(subgraphs.map(serve));
  const instances = watchSubgraphInstances(catalogue);
  const client = createSubgraphClient({ instances, tokens, log });
  const expected = subgraphs.map(({ name }) => name);
  const settling = { firstSettleMs: 20, settleMs: 20, expected };
  const composition = startComposition({ instances, tokens, log }, { ...settling, ...options });
  const { balancing } = client;
  const engine = createEngine({ composition, client, log, balancing }, options);
  const graphWhere = (test: (graph: Graph) => boolean) => waitForGraph(engine, test);
  if (subgraphs.length > 0) await graphWhere(() => true);
  return {
    engine,
    composition,
    catalogue,
    client,
    requests,
    serve,
    graphWhere,
    async close() {
      await engine.close();
      await composition.close();
      await client.close();
      instances.close();
      await Promise.all(running.map((instance) => instance.kill()));
    },
  };
}

/** A request as a transport would make it. */
export function aRequest(
  source: string,
  { caller = anonymous, ...rest }: Partial<Omit<OperationRequest, 'source' | 'document'>> = {},
): OperationRequest {
  return {
    source,
    document: parse(source),
    caller,
    signal: new AbortController().signal,
    traceparent: newTraceparent(),
    clientAddress: '127.0.0.1',
    ...rest,
  };
}

/** A signed-in caller with these scopes. */
export function aUser(...scopes: string[]): Caller {
  return { kind: 'user', userId: '1', scopes: new Set(scopes) };
}

function waitForGraph(engine: Engine, test: (graph: Graph) => boolean): Promise<Graph> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no such graph within 15 s')), 15_000);
    const stop = engine.onGraph((graph) => {
      if (!test(graph)) return;
      clearTimeout(timer);
      queueMicrotask(() => stop());
      resolve(graph);
    });
  });
}
