import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import type { SubgraphAnswer, SubgraphClient } from '../subgraphs/client.ts';
import type { OperationRequest } from './engine.ts';
import { encodeResult } from './result.ts';
import { type Asked, type MemoryGraph, startMemoryGraph } from './testing/memory-graph.ts';
import { aRequest, aUser } from './testing/test-graph.ts';
import type { TestSubgraph } from './testing/test-subgraph.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
let stock: Record<string, number | null>;
const things: TestSubgraph = {
  name: 'things',
  sdl: `${link} type Thing @key(fields: "id") { id: ID! name: String! } type Query { things(first: Int = 2): [Thing!]! } type Mutation { touch: Int }`,
  resolvers: {
    Query: { things: (_: unknown, { first }: { first: number }) => shelf.slice(0, first) },
    Mutation: { touch: () => 1 },
  },
};
const shelf = ['1', '2', '3'].map((id) => ({ id, name: `thing ${id}` }));
const stocks: TestSubgraph = {
  name: 'stocks',
  sdl: `${link} type Thing @key(fields: "id") { id: ID! stock: Int! } type Query { total: Int }`,
  resolvers: { Thing: { __resolveReference: ({ id }: { id: string }) => ({ id, stock: stock[id] }) } },
};

let graph: MemoryGraph;
/** What the subgraphs said to be as expected. */
let expected: number;
let noStore: boolean;
const watch = (client: SubgraphClient): SubgraphClient => ({
  ...client,
  async send(request) {
    const answer: SubgraphAnswer = await client.send(request);
    if (answer.isExpected) expected += 1;
    return noStore ? { ...answer, noStore } : answer;
  },
});
beforeEach(async () => {
  stock = { 1: 5, 2: 7, 3: 9 };
  expected = 0;
  noStore = false;
  graph = await startMemoryGraph([things, stocks], { wrap: watch });
});
afterEach(() => graph.close());

const query = 'query Q($first: Int) { things(first: $first) { name stock } }';
const run = async (part: Partial<OperationRequest> = {}) => {
  const result = await graph.engine.execute({ ...aRequest(query), ...part });
  return { text: String(encodeResult(result)), errors: result.errors?.map(({ path }) => path) };
};
const stocksOf = ({ text }: { text: string }) =>
  (JSON.parse(text) as { data: { things: { stock: number }[] } | null }).data?.things.map((thing) => thing.stock);

/** Until the memo has seen the operation, and kept how it went. */
async function runTwice(part: Partial<OperationRequest> = {}): Promise<void> {
  await run(part);
  await run(part);
  graph.asked.length = 0;
}

describe('an operation that comes again', () => {
  it('asks every subgraph and gives the same bytes when all answer the same', async () => {
    const first = await run();
    await run();
    graph.asked.length = 0;

    const third = await run();

    expect(third).toEqual(first);
    expect(graph.asked.map(({ subgraph }) => subgraph)).toEqual(['things', 'stocks']);
    expect(expected).toBe(2);
  });

  it('sees a change in the last of the answers, and asks nobody twice', async () => {
    await runTwice();
    stock['2'] = 0;

    const changed = await run();

    expect(stocksOf(changed)).toEqual([5, 0]);
    expect(graph.asked.map(({ subgraph }) => subgraph)).toEqual(['things', 'stocks']);
  });

  it('sees a change in the first of the answers and asks the others anew', async () => {
    await runTwice();
    graph.intercept = ({ subgraph }) =>
      subgraph === 'things' ? { data: { things: [{ __typename: 'Thing', id: '3', name: 'another' }] } } : undefined;

    const changed = await run();

    expect(stocksOf(changed)).toEqual([9]);
    expect(graph.asked.map(({ subgraph }) => subgraph)).toEqual(['things', 'stocks']);
  });

  it('keeps what changed, for the next time', async () => {
    await runTwice();
    stock['2'] = 0;
    await run();

    const again = await run();

    expect(stocksOf(again)).toEqual([5, 0]);
    expect(expected).toBe(1 + 2);
  });

  it('tells an error that was not there the last time, and forgets it with the next', async () => {
    await runTwice();
    stock['2'] = null;
    const faulty = await run();
    stock['2'] = 7;

    const healed = await run();

    expect(faulty.errors).toEqual([['things', 1, 'stock']]);
    expect(healed.errors).toBeUndefined();
    expect(stocksOf(healed)).toEqual([5, 7]);
  });

  it('tells a subgraph that does not answer this time', async () => {
    await runTwice();
    graph.intercept = ({ subgraph }) => (subgraph === 'stocks' ? Promise.reject(new Error('gone')) : undefined);

    const cut = await run();

    expect(cut.errors).toEqual([['things', 0, 'stock']]);
    expect(graph.asked).toHaveLength(2);
  });

  it('takes other variables for another operation', async () => {
    await runTwice();

    const other = await run({ variables: { first: 3 } });

    expect(stocksOf(other)).toEqual([5, 7, 9]);
  });

  it.each([
    ['the client says no-store', {}, { noStore: true }],
    ['a subgraph says no-store', { says: true }, {}],
  ])('keeps nothing when %s', async (_, { says = false }: { says?: boolean }, part) => {
    noStore = says;

    await runTwice(part);
    await run(part);

    expect(expected).toBe(0);
  });

  it('gives each reader data of its own', async () => {
    await runTwice();
    const one = await graph.engine.execute(aRequest(query));
    const given = one.data?.['things'];
    if (Array.isArray(given)) given.length = 0;

    const other = await graph.engine.execute(aRequest(query));

    expect(other.data?.['things']).toHaveLength(2);
  });

  it('stops to compare what changes all the time', async () => {
    const changing = async () => {
      stock['1'] = (stock['1'] ?? 0) + 1;
      return run();
    };
    for (let time = 0; time < 8; time += 1) await changing();

    expect(expected).toBe(3);
    expect(stocksOf(await changing())).toEqual([14, 7]);
  });
});

describe('equal operations at the same time', () => {
  /** Holds the subgraph's next answers back until they are let go. */
  function hold(subgraph: string) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const arrived = Promise.withResolvers<void>();
    graph.intercept = (asked: Asked) => {
      if (asked.subgraph !== subgraph) return undefined;
      arrived.resolve();
      return promise;
    };
    return { letGo: () => resolve(undefined), arrived: arrived.promise };
  }

  it('run once', async () => {
    const { letGo } = hold('things');

    const both = [run(), run(), run()];
    letGo();

    const [first, ...others] = await Promise.all(both);
    expect(others).toEqual([first, first]);
    expect(graph.asked).toHaveLength(2);
  });

  it('run apart once a subgraph has answered the first: what comes later must not be older than its question', async () => {
    const { letGo, arrived } = hold('stocks');
    const first = run();
    await arrived;

    const second = run();
    letGo();

    await Promise.all([first, second]);
    expect(graph.asked.filter(({ subgraph }) => subgraph === 'things')).toHaveLength(2);
  });

  it.each<[string, Partial<OperationRequest>, Partial<OperationRequest>]>([
    ['callers', { caller: anonymous }, { caller: aUser() }],
    ['scopes', { caller: aUser() }, { caller: aUser('a:b') }],
    ['variables', { variables: { first: 1 } }, { variables: { first: 2 } }],
    ['addresses', { clientAddress: '10.0.0.1' }, { clientAddress: '10.0.0.2' }],
    ['wishes', {}, { noStore: true }],
  ])('run apart for other %s', async (_, one, other) => {
    const { letGo } = hold('things');

    const both = [run(one), run(other)];
    letGo();

    await Promise.all(both);
    expect(graph.asked.filter(({ subgraph }) => subgraph === 'things')).toHaveLength(2);
  });

  it('go on when the one who came first has gone', async () => {
    const leaving = new AbortController();
    const { letGo } = hold('things');
    const gone = run({ signal: leaving.signal });
    const stays = run();

    leaving.abort();
    letGo();

    expect(stocksOf(await stays)).toEqual([5, 7]);
    await gone;
  });

  it('end at once for the one who has gone', async () => {
    const leaving = new AbortController();
    const { letGo } = hold('things');
    const stays = run();
    const gone = run({ signal: leaving.signal });

    leaving.abort();
    const left = await gone;
    letGo();

    expect(left.errors).toBeDefined();
    expect(stocksOf(await stays)).toEqual([5, 7]);
  });

  it('are asked anew by whoever comes after a mutation', async () => {
    const { letGo } = hold('things');
    const before = run();
    graph.intercept = ({ query: text }) => (text.includes('touch') ? { data: { touch: 1 } } : undefined);
    await graph.engine.execute(aRequest('mutation { touch }'));

    await run();
    letGo();

    await before;
    expect(
      graph.asked.filter(({ subgraph, query: text }) => subgraph === 'things' && !text.includes('touch')),
    ).toHaveLength(2);
  });
});
