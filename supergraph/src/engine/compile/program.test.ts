import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type MemoryGraph, startMemoryGraph } from '../testing/memory-graph.ts';
import { aRequest } from '../testing/test-graph.ts';
import type { TestSubgraph } from '../testing/test-subgraph.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@shareable", "@interfaceObject", "@inaccessible", "@provides"])';

const shop: TestSubgraph = {
  name: 'shop',
  sdl: `
    ${link}
    interface Item @key(fields: "id") { id: ID! title: String }
    type Book implements Item @key(fields: "id") { id: ID! title: String pages: Int size: Size maker: Maker }
    type Lamp implements Item @key(fields: "id") { id: ID! title: String watts: Float! maker: Maker code: Int }
    type Size { height: Int width: Int parts: [Part!] }
    type Part { name: String weight: Int }
    type Maker @key(fields: "id") @key(fields: "name country { code }") { id: ID! name: String country: Country }
    type Country { code: String @shareable }
    union Find = Book | Lamp | Maker
    enum Mood { GOOD BAD HIDDEN @inaccessible }
    type Query {
      items: [Item!]! item(id: ID!): Item grid: [[Item]] finds(text: String = "all"): [Find] mood: Mood moods: [Mood]
      maker: Maker constructor: String counts(of: [Int!]!): [Int] echo(input: Echo): String
    }
    input Echo { text: String! = "nothing" times: Int }
    type Mutation { add(id: ID!): Book addMany(ids: [ID!]!): [Book] }
  `,
  resolvers: {
    Item: {
      __resolveType: ({ __typename }: { __typename: string }) => __typename,
      __resolveReference: ({ id }: { id: string }) => [emma, neon, dune].find((item) => item.id === id),
    },
    Find: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
    Query: {
      items: () => [emma, neon, emma, dune],
      item: (_: unknown, { id }: { id: string }) => [emma, neon, dune].find((item) => item.id === id),
      grid: () => [[emma, null], [neon, emma], null],
      finds: (_: unknown, { text }: { text: string }) => (text === 'all' ? [emma, acme, null, neon] : []),
      mood: () => 'GOOD',
      moods: () => ['GOOD', 'HIDDEN', 'BAD'],
      maker: () => acme,
      constructor: () => null,
      counts: (_: unknown, { of }: { of: number[] }) => of,
      echo: (_: unknown, { input }: { input?: { text: string; times?: number } }) => JSON.stringify(input),
    },
    Mutation: {
      add: (_: unknown, { id }: { id: string }) => ({ ...emma, id }),
      addMany: (_: unknown, { ids }: { ids: string[] }) => ids.map((id) => ({ ...emma, id })),
    },
    Book: { __resolveReference: ({ id }: { id: string }) => ({ ...emma, id }) },
    Lamp: { __resolveReference: ({ id }: { id: string }) => ({ ...neon, id }) },
    Maker: { __resolveReference: () => acme },
  },
};
const acme = { __typename: 'Maker', id: 'm1', name: 'Acme "\u2028" \ud83d\ude00', country: { code: 'DE' } };
const emma = {
  __typename: 'Book',
  id: '1',
  title: 'Emma',
  pages: 474,
  size: { height: 20, width: 12, parts: [{ name: 'cover', weight: 3 }, { name: 'text' }] },
  maker: acme,
};
const dune = { ...emma, id: '3', title: null, size: null, maker: null };
const neon = { __typename: 'Lamp', id: '2', title: 'Neon', watts: 4.5, maker: acme, code: 7 };

const stock: TestSubgraph = {
  name: 'stock',
  sdl: `
    ${link}
    type Book @key(fields: "id") {
      id: ID!
      size: Size @external
      inStock: Int
      shelf: Shelf
      shipping: Int @requires(fields: "size { height width parts { name weight } }")
    }
    type Size { height: Int @external width: Int @external parts: [Part!] @external }
    type Part { name: String @external weight: Int @external }
    type Lamp @key(fields: "id") { id: ID! inStock: Int shelf: Shelf }
    type Shelf { row: Int boxes: [Box!] }
    type Box { label: String maker: Maker }
    type Maker @key(fields: "name country { code }") { name: String country: Country offices: [[String]] }
    type Country { code: String @shareable }
    type Query { fullest: Book }
    type Mutation { count(id: ID!): Book }
  `,
  resolvers: {
    Query: { fullest: () => ({ id: '1' }) },
    Mutation: { count: (_: unknown, { id }: { id: string }) => ({ id }) },
    Book: {
      __resolveReference: (reference: object) => reference,
      inStock: ({ id }: { id: string }) => Number(id) * 10,
      shelf: ({ id }: { id: string }) => ({ row: Number(id), boxes: [box, box] }),
      shipping: ({ size }: { size: { height: number } | null }) => size && size.height,
    },
    Lamp: { __resolveReference: ({ id }: { id: string }) => ({ id, inStock: 5, shelf: { row: 9, boxes: [] } }) },
    Maker: { __resolveReference: (reference: object) => ({ ...reference, offices: [['Bonn', null], null] }) },
  },
};
const box = { label: 'A', maker: { name: acme.name, country: acme.country } };

const ratings: TestSubgraph = {
  name: 'ratings',
  sdl: `
    ${link}
    type Item @key(fields: "id") @interfaceObject { id: ID! stars: Int reviews: [Review!] }
    type Review @key(fields: "id") { id: ID! text: String! item: Item author: Author }
    type Author @key(fields: "id") { id: ID! name: String! }
    type Maker @key(fields: "id") { id: ID! stars: Int }
    type Query { best: [Item!] }
  `,
  resolvers: {
    Query: { best: () => [{ id: '2' }, { id: '1' }] },
    Item: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      stars: ({ id }: { id: string }) => Number(id) + 1,
      reviews: ({ id }: { id: string }) => [
        { id: `r${id}`, text: 'good', item: { id: '1' }, author: { id: 'a' } },
        { id: `s${id}`, text: 'bad', item: { id: '2' }, author: { id: 'b' } },
      ],
    },
    Maker: { __resolveReference: ({ id }: { id: string }) => ({ id, stars: 3 }) },
    Author: { name: ({ id }: { id: string }) => `Author ${id}` },
  },
};

let graph: MemoryGraph;
beforeAll(async () => {
  graph = await startMemoryGraph([shop, stock, ratings]);
}, 30_000);
afterAll(() => graph.close());
beforeEach(() => {
  graph.asked.length = 0;
  graph.intercept = () => undefined;
});

const operations: readonly (readonly [title: string, source: string, variables?: Record<string, unknown>])[] = [
  [
    'interfaces across subgraphs',
    '{ items { __typename id title ... on Book { inStock } ... on Lamp { watts inStock } } }',
  ],
  ['lists of lists', '{ grid { id ... on Book { pages inStock } } }'],
  [
    'unions',
    '{ finds { __typename ... on Book { title shelf { row } } ... on Maker { name offices } ... on Lamp { watts } } }',
  ],
  ['an argument left out and one given', '{ a: finds { __typename } b: finds(text: "none") { __typename } }'],
  [
    'aliases and fragments',
    'query Q { one: item(id: 1) { ...F kind: __typename } two: item(id: 2) { ...F } } fragment F on Item { name: title ... on Book { left: inStock } }',
  ],
  ['fields required of another subgraph', '{ items { ... on Book { shipping id } } }'],
  ['keys of several levels', '{ maker { offices stars country { code } } }'],
  [
    'entities inside values of another subgraph',
    '{ items { ... on Book { shelf { row boxes { label maker { id stars offices } } } } } }',
  ],
  [
    'interface objects',
    '{ items { id stars } best { __typename id title stars reviews { text item { title stars ... on Lamp { watts } } author { name } } } }',
  ],
  [
    '@skip and @include',
    'query ($a: Boolean!, $b: Boolean = true) { items { id @skip(if: $a) title @include(if: $b) ... on Book @include(if: $a) { inStock } } mood @skip(if: $b) }',
    { a: true },
  ],
  [
    '@skip and @include the other way',
    'query ($a: Boolean!, $b: Boolean = true) { items { id @skip(if: $a) title @include(if: $b) ... on Book @include(if: $a) { inStock } } mood @skip(if: $b) }',
    { a: false, b: false },
  ],
  ['an enum', '{ mood }'],
  ['names that every object inherits', '{ constructor toString: mood valueOf: item(id: 1) { hasOwnProperty: title } }'],
  [
    'variables',
    'query Q($of: [Int!]!, $input: Echo, $id: ID!) { counts(of: $of) echo(input: $input) item(id: $id) { title ... on Book { inStock } } }',
    { of: [1, 2], input: { times: 2 }, id: 1 },
  ],
  [
    'nullable variables left out',
    'query Q($text: String, $input: Echo) { finds(text: $text) { __typename } echo(input: $input) }',
  ],
  [
    'introspection beside data',
    'query ($name: String!) { __typename __schema { queryType { name } } __type(name: $name) { kind } mood }',
    { name: 'Book' },
  ],
  ['null and missing entities', '{ item(id: 9) { title ... on Book { inStock } } maker { name } }'],
  [
    'mutations in order',
    'mutation { add(id: 5) { id inStock stars } count(id: 6) { id title inStock } last: addMany(ids: [7, 7, 8]) { id shelf { row } } }',
  ],
  [
    'the same field twice',
    '{ items { id id title } items { ... on Book { shelf { row } } ... on Book { shelf { boxes { label } } } } }',
  ],
];

describe('a compiled program', () => {
  it.each(operations)("answers as Apollo's executor does: %s", async (_, source, variables = {}) => {
    const [ours, theirs] = [
      await graph.engine.execute(aRequest(source, { variables })),
      await graph.stock(source, variables),
    ];

    expect(theirs.errors).toBeUndefined();
    expect(JSON.stringify(ours)).toBe(JSON.stringify({ data: theirs.data }));
  });

  it('asks for an entity once and puts the answer into each of its places', async () => {
    const { data } = await graph.engine.execute(
      aRequest('{ items { ... on Book { inStock } } grid { ... on Book { inStock } } }'),
    );

    const asked = graph.asked.filter(({ subgraph }) => subgraph === 'stock').map(({ variables }) => variables);
    expect(asked).toEqual([
      {
        representations: [
          { __typename: 'Book', id: '1' },
          { __typename: 'Book', id: '3' },
        ],
      },
      { representations: [{ __typename: 'Book', id: '1' }] },
    ]);
    expect(data?.['items']).toEqual([{ inStock: 10 }, {}, { inStock: 10 }, { inStock: 30 }]);
  });

  it('sends equal fetches of one operation once', async () => {
    const source =
      'query Twice { a: item(id: 1) { ... on Book { inStock } } b: item(id: 1) { ... on Book { inStock } } }';

    const { data } = await graph.engine.execute(aRequest(source));

    expect(data).toEqual({ a: { inStock: 10 }, b: { inStock: 10 } });
    expect(graph.asked.map(({ subgraph, operationName }) => [subgraph, operationName])).toEqual([
      ['shop', 'Twice__shop'],
      ['stock', 'Twice__stock'],
    ]);
  });

  it('sends equal fetches of a mutation each in its turn', async () => {
    const source =
      'mutation { a: count(id: 1) { title } b: count(id: 1) { title } add(id: 1) { id } c: count(id: 1) { title } }';

    const { data } = await graph.engine.execute(aRequest(source));

    expect(data).toMatchObject({ a: { title: 'Emma' }, c: { title: 'Emma' } });
    expect(graph.asked.filter(({ query }) => query.includes('_entities')).length).toBeGreaterThan(1);
  });

  it('asks nothing for what a condition leaves out', async () => {
    const source = 'query ($a: Boolean!) { items { id ... on Book @include(if: $a) { inStock } } }';

    await graph.engine.execute(aRequest(source, { variables: { a: false } }));

    expect(graph.asked.map(({ subgraph }) => subgraph)).toEqual(['shop']);
  });
});

describe('values', () => {
  it('that clients may not know are null, with an error', async () => {
    const result = await graph.engine.execute(aRequest('{ moods }'));

    expect(result.data).toEqual({ moods: ['GOOD', null, 'BAD'] });
    expect(result.errors?.map((error) => error.toJSON())).toEqual([
      {
        message: 'Invalid value found for field Query.moods.',
        path: ['moods', 1],
        extensions: { code: 'INVALID_SUBGRAPH_ANSWER' },
      },
    ]);
  });

  it.each([
    [{ items: [{ __typename: 'Lamp', id: '2', watts: null }] }, null, [['items', 0, 'watts']]],
    [{ items: [{ __typename: 'Lamp', id: '2', watts: 'many' }] }, null, [['items', 0, 'watts']]],
    [{ items: [{ __typename: 'Ghost', id: '2' }] }, null, [['items', 0]]],
    [{ items: null }, null, [['items']]],
    [{ items: {} }, null, [['items']]],
    [{ items: [{ __typename: 'Lamp', watts: 2, id: 4 }, null] }, null, [['items', 1]]],
  ])('that do not fit let a null rise, with an error at their place: %j', async (data, expected, paths) => {
    graph.intercept = () => ({ data });

    const result = await graph.engine.execute(aRequest('{ items { id ... on Lamp { watts } } }'));

    expect(result.data).toEqual(expected);
    expect(result.errors?.map(({ path }) => path)).toEqual(paths);
  });
});
