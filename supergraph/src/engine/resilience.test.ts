import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { type TestGraph, aRequest, startTestGraph } from './testing/test-graph.ts';
import type { TestSubgraph } from './testing/test-subgraph.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';

const things = (extra = '', shared = ''): TestSubgraph => ({
  name: 'things',
  sdl: `${link} type Thing @key(fields: "id") { id: ID! name: String! ${extra} } type Query { things: [Thing!]! ${shared} }`,
  resolvers: { Query: { things: () => [{ id: '1', name: 'Lamp' }] } },
});
const prices: TestSubgraph = {
  name: 'prices',
  sdl: `${link} type Thing @key(fields: "id") { id: ID! price: Int } type Query { cheapest: Int }`,
  resolvers: {
    Query: { cheapest: () => 1 },
    Thing: { __resolveReference: ({ id }: { id: string }) => ({ id, price: 5 }) },
  },
};

let graph: TestGraph;
afterEach(() => graph.close());

describe('a graph whose subgraphs come and go', () => {
  it('says what it waits for until the expected subgraphs are there', async () => {
    graph = await startTestGraph([], { expected: ['things', 'prices'] });

    const before = await graph.engine.execute(aRequest('{ cheapest }'));
    expect(graph.engine.state).toEqual({
      phase: 'waiting',
      reasons: ['subgraph things has not been seen yet', 'subgraph prices has not been seen yet'],
    });
    await graph.serve(things());
    await graph.serve(prices);
    await graph.graphWhere(() => true);

    expect(before.errors?.[0]?.extensions['code']).toBe('SERVICE_UNAVAILABLE');
    expect(graph.engine.state.phase).toBe('serving');
    expect(graph.composition.state.waitsFor).toEqual([]);
  });

  it('gives the data of the others when a subgraph is down, with a code and no address', async () => {
    graph = await startTestGraph([things()]);
    const instance = await graph.serve(prices);
    await graph.graphWhere(({ subgraphs }) => subgraphs.length === 2);
    await instance.kill();

    const result = await graph.engine.execute(aRequest('{ things { name price } }'));

    expect(result.data).toEqual({ things: [{ name: 'Lamp', price: null }] });
    expect(result.errors?.map((error) => error.toJSON())).toEqual([
      {
        message: 'A part of the graph cannot answer at the moment',
        path: ['things', 0, 'price'],
        extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
      },
    ]);
  });

  it('keeps the graph and the instances when the catalogue is empty', async () => {
    graph = await startTestGraph([things(), prices]);

    graph.catalogue.clear();
    const result = await graph.engine.execute(aRequest('{ things { price } }'));

    expect(result).toEqual({ data: { things: [{ price: 5 }] } });
  });

  it('takes a new subgraph in while it serves', async () => {
    graph = await startTestGraph([things()]);

    await graph.serve(prices);
    await graph.graphWhere(({ subgraphs }) => subgraphs.length === 2);

    await expect(graph.engine.execute(aRequest('{ things { price } }'))).resolves.toEqual({
      data: { things: [{ price: 5 }] },
    });
  });

  it('keeps the old graph when a composition fails, and names the subgraph and the rule', async () => {
    graph = await startTestGraph([things()]);
    const served = await graph.graphWhere(() => true);

    await graph.serve({ name: 'bad', sdl: `${link} type Query { things: [Int!]! }`, resolvers: {} });
    const [fault] = await until(() => graph.composition.state.faults.length > 0 && graph.composition.state.faults);

    expect(fault).toMatchObject({ code: 'FIELD_TYPE_MISMATCH', subgraphs: expect.arrayContaining(['bad']) });
    expect(graph.engine.state).toMatchObject({ phase: 'serving', graph: { id: served.id } });
    await expect(graph.engine.execute(aRequest('{ things { name } }'))).resolves.toEqual({
      data: { things: [{ name: 'Lamp' }] },
    });
  });

  it('drops no request while graphs are swapped under load', async () => {
    graph = await startTestGraph([things(), prices]);
    const swaps: string[] = [];
    graph.engine.onGraph(({ id }) => swaps.push(id));
    const results: unknown[] = [];
    const loading = { on: true };
    const clients = Array.from({ length: 4 }, async () => {
      while (loading.on) results.push(await graph.engine.execute(aRequest('{ things { name price } }')));
    });

    for (const extra of ['a: Int', 'b: Int', 'c: Int']) {
      const seen = swaps.length;
      const old = [...graph.composition.state.subgraphs];
      await graph.serve({
        ...things(),
        name: `extra${old.length}`,
        sdl: `${link} type Query { ${extra} }`,
        resolvers: {},
      });
      await until(() => swaps.length > seen, { timeoutMs: 10_000 });
    }
    loading.on = false;
    await Promise.all(clients);

    expect(swaps).toHaveLength(4);
    expect(results.length).toBeGreaterThan(20);
    expect(
      results.every((result) => JSON.stringify(result) === '{"data":{"things":[{"name":"Lamp","price":5}]}}'),
    ).toBe(true);
  }, 40_000);

  it('follows an instance that is replaced by a newer version', async () => {
    graph = await startTestGraph([]);
    const old = await graph.serve(things());
    await graph.graphWhere(() => true);

    await graph.serve(things('colour: String'));
    graph.catalogue.remove(old.instance);
    const { schema } = await graph.graphWhere(({ supergraphSdl }) => supergraphSdl.includes('colour'));

    expect(schema.getType('Thing')?.toConfig()).toHaveProperty('fields.colour');
  });
});
