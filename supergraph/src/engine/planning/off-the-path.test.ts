import { afterEach, describe, expect, it } from '@jest/globals';
import { createLog } from '@storefront/platform/log/log.ts';
import type { Composition } from '../../composition/composer.ts';
import { fixedComposition } from '../../composition/fixed-composition.ts';
import type { Supergraph } from '../../composition/supergraph.ts';
import type { SubgraphClient, SubgraphSend } from '../../subgraphs/client.ts';
import { loadGatewayModule } from '../config.ts';
import { createEngine, type EngineOptions } from '../engine.ts';
import { followGenerations, type WarmUpOptions } from '../generations.ts';
import type { PlannerOptions } from '../plan.ts';
import { startMemoryGraph } from '../testing/memory-graph.ts';
import { aRequest } from '../testing/test-graph.ts';
import { composeSupergraph } from './testing/load-planner.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const books = {
  name: 'books',
  sdl: `${link} type Query { book(id: ID): Book } type Book @key(fields: "id") { id: ID! title: String next: Book }`,
  resolvers: { Query: { book: () => ({ id: '1', title: 'Emma' }) } },
};
const stars = {
  name: 'stars',
  sdl: `${link} type Book @key(fields: "id") { id: ID! stars: Int }`,
  resolvers: { Book: { __resolveReference: ({ id }: { id: string }) => ({ id, stars: 5 }) } },
};
const log = createLog({ service: 'test', level: 'silent' });
const hanging = new URL('./testing/hanging-thread.ts', import.meta.url);

const closes: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

describe('a very big operation that was not seen before', () => {
  it('does not keep a small one waiting', async () => {
    const graph = await startMemoryGraph([books, stars], { requestTimeoutMs: 25_000 });
    closes.push(graph.close);
    const parts = Array.from({ length: 150 }, (_, at) => `b${at}: book(id: "${at}") { title stars next { stars } }`);
    const big = aRequest(`query Big { ${parts.join('\n')} }`);

    const answers = [graph.engine.execute(big), graph.engine.execute(aRequest('query Small { book { title } }'))];
    const [bigAnswer, smallAnswer] = await Promise.all(answers);

    expect(graph.asked[0]?.operationName).toMatch(/^Small/);
    expect(smallAnswer).toEqual({ data: { book: { title: 'Emma' } } });
    expect(bigAnswer?.errors).toBeUndefined();
    expect(bigAnswer?.data?.['b149']).toEqual({ title: 'Emma', stars: 5, next: null });
  }, 30_000);

  it('is given up when the time of the request is spent', async () => {
    const engine = await startEngine({ requestTimeoutMs: 50, planning: { bigFromSelections: 1, script: hanging } });

    const result = await engine.execute(aRequest('{ book { title } }'));

    expect(result.errors?.map(({ extensions }) => extensions['code'])).toEqual(['DEADLINE_EXCEEDED']);
  });

  it('is given up when the client has gone', async () => {
    const engine = await startEngine({ planning: { bigFromSelections: 1, script: hanging } });
    const controller = new AbortController();

    const answer = engine.execute(aRequest('{ book { title } }', { signal: controller.signal }));
    controller.abort();

    expect((await answer).data).toBeUndefined();
  });

  it('leaves what is left of the time to its fetches', async () => {
    const sent: SubgraphSend[] = [];
    const engine = await startEngine(
      { requestTimeoutMs: 60_000, planning: { bigFromSelections: 1 } },
      async (request) => {
        sent.push(request);
        return { status: 200, json: { data: { book: { title: 'Emma' } } } };
      },
    );
    const startedAtMs = performance.now();

    await engine.execute(aRequest('{ book { title } }'));

    const spentMs = performance.now() - startedAtMs;
    expect(sent[0]?.deadlineMs).toBeLessThan(60_000 - 1);
    expect(sent[0]?.deadlineMs).toBeGreaterThan(60_000 - spentMs - 1);
  });
});

describe('a new graph', () => {
  it('has plans of what was busy, and fits it, before it takes over', async () => {
    const { push, generations } = await startGenerations();
    for (const source of ['{ book { title } }', 'query Stars { book { stars } }', '{ book { next { id } } }']) {
      const { planner } = generations.current ?? fail();
      await planner.plan(planner.find(aRequest(source)), {});
    }
    const plansAtSwap = new Promise((resolve) => {
      generations.onGraph(({ id }) => id === 'later' && resolve(generations.current?.planner.cache.plans));
    });

    await push({ ...(await compose(books.sdl.replace('next: Book', 'pages: Int'))), id: 'later' });

    // `next` is not there any more.
    await expect(plansAtSwap).resolves.toBe(2);
    const { planner } = generations.current ?? fail();
    expect(planner.plan(planner.find(aRequest('{ book { title } }')), {})).not.toBeInstanceOf(Promise);
    expect(planner.cache.plans).toBe(2);
  }, 30_000);

  it('takes over in time although what was busy cannot be planned in time', async () => {
    const { push, generations } = await startGenerations({ warmUpTimeoutMs: 50, script: hanging });
    const { planner } = generations.current ?? fail();
    await planner.plan(planner.find(aRequest('{ book { title } }')), {});

    await push({ ...(await compose(books.sdl)), id: 'later' });

    expect(generations.current?.graph.id).toBe('later');
    expect(generations.current?.planner.cache.plans).toBe(0);
  }, 30_000);
});

function fail(): never {
  throw new Error('there is no graph');
}

function compose(booksSdl: string): Promise<Supergraph> {
  return composeSupergraph({ books: booksSdl, stars: stars.sdl });
}

type Send = SubgraphClient['send'];

async function startEngine(options: EngineOptions, send: Send = nobody) {
  const composition = fixedComposition(await compose(books.sdl));
  const engine = createEngine({ composition, client: { send, close: async () => undefined }, log }, options);
  closes.push(() => engine.close());
  await new Promise<void>((resolve) => engine.onGraph(() => resolve()));
  return engine;
}

/** Generations whose supergraphs the test gives; `push` ends when one serves. */
async function startGenerations(planning: PlannerOptions & WarmUpOptions = {}) {
  let tell: (supergraph: Supergraph) => void = () => undefined;
  const composition: Composition = {
    ...fixedComposition(await compose(books.sdl)),
    onSupergraph(listener) {
      tell = listener;
      return () => undefined;
    },
  };
  const client = { send: nobody, close: async () => undefined };
  const generations = followGenerations(
    { composition, client, log, enforcers: {}, loadGatewayModule, planning },
    planning,
  );
  closes.push(() => generations.close());
  const push = (supergraph: Supergraph) =>
    new Promise<void>((resolve) => {
      generations.onGraph(({ id }) => id === supergraph.id && resolve());
      tell(supergraph);
    });
  await push({ ...(await compose(books.sdl)), id: 'first' });
  return { generations, push };
}

function nobody(): Promise<never> {
  return Promise.reject(new Error('nobody is there'));
}
