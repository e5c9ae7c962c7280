import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import { buildSchema, type GraphQLSchema, parse } from 'graphql';
import type { Costs } from '../../composition/supergraph.ts';
import { readLinks } from '../../composition/links.ts';
import { readCosts } from '../../composition/read-costs.ts';
import { compileCoercion } from '../compile-coercion.ts';
import { selectOperation } from '../operation.ts';
import { createPricing } from './pricing.ts';
import { type MemoryGraph, startMemoryGraph } from '../testing/memory-graph.ts';
import { aRequest, aUser } from '../testing/test-graph.ts';
import type { TestSubgraph } from '../testing/test-subgraph.ts';

const maximum = 1_000;

const library: TestSubgraph = {
  name: 'library',
  sdl: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@cost", { name: "@listSize", as: "@size" }])
    scalar Cover @cost(weight: 4)
    enum Shelf @cost(weight: 2) { TOP BOTTOM }
    interface Item { id: ID! title: String }
    type Book implements Item @key(fields: "id") @cost(weight: 3) {
      id: ID! title: String cover: Cover shelf: Shelf authors: [Author!]! similar: Book
      reviews(first: Int = 5): [Review!]! @size(slicingArguments: ["first"], requireOneSlicingArgument: false)
    }
    type Film implements Item { id: ID! title: String poster(width: Int @cost(weight: 6)): Cover }
    type Author { name: String! agent: Author }
    type Review { text: String! secret: Author @authenticated }
    type BookPage { nodes: [Book!]! edges: [BookEdge!]! total: Int! }
    type BookEdge { node: Book! }
    union Thing = Book | Film
    input Filter { tags: [Tag!] text: String @cost(weight: 7) }
    input Tag { name: String! deeper: Tag }
    type Query {
      book: Book
      item: Item
      thing: Thing
      items: [Item!]!
      matrix: [[Author!]!]!
      covers(first: Int): [Cover!]! @size(slicingArguments: ["first"], assumedSize: 20, requireOneSlicingArgument: false)
      books(first: Int, last: Int): BookPage! @size(slicingArguments: ["first", "last"], sizedFields: ["nodes", "edges"])
      search(max: Int, filter: Filter): [Book!]! @cost(weight: 9) @size(slicingArguments: ["max"], assumedSize: 50, requireOneSlicingArgument: false)
      cheap(fast: Boolean = false @cost(weight: -5)): Int @cost(weight: 3)
    }
    type Mutation { add(tags: [Tag!]!): Book @cost(weight: 10) }
  `,
  resolvers: {
    Query: {
      items: () => [
        { __typename: 'Book', id: '1', title: 'Emma' },
        { __typename: 'Film', id: '2', title: 'Vertigo' },
      ],
      books: () => ({ nodes: [{ id: '1' }, { id: '2' }], edges: [], total: 2 }),
      book: () => ({ id: '1', cover: 'x', shelf: 'TOP', authors: [{ name: 'Ada' }], similar: null }),
    },
  },
};

let graph: MemoryGraph;

beforeAll(async () => {
  graph = await startMemoryGraph([library], { cost: { maximum } });
}, 30_000);
afterAll(() => graph.close());

const price = (source: string, variables?: Record<string, unknown>) =>
  graph.engine.price({ ...aRequest(source), ...(variables ? { variables } : {}) });

const noCosts: Costs = { types: new Map(), fields: new Map(), inputFields: new Map() };

/** The price on a schema alone. */
function priceOf(
  schema: GraphQLSchema,
  source: string,
  { costs = noCosts, variables = {} }: { costs?: Costs; variables?: object } = {},
) {
  const pricing = createPricing({ schema, costs, assumedListSize: 10 });
  const document = parse(source);
  const operation = selectOperation(document);
  const coerce = compileCoercion(schema, operation);
  const known = { hash: '', document, operation, operationName: undefined, caller: anonymous, allowed: document };
  return pricing.estimate({ ...known, coerce, denied: [], flags: [], labels: [], plans: new Map() }, { ...variables });
}

describe('what an operation may cost', () => {
  it.each([
    ['an object its type and what is selected of it', '{ book { title } }', 3],
    ['scalars and enums their weights', '{ book { title cover shelf } }', 9],
    ['nothing for __typename, one for the schema', '{ __typename __schema { types { name } } }', 1],
    ['fields of one name once', '{ book { title } book { ...B } } fragment B on Book { cover cover }', 7],
    ['aliases one by one', '{ a: book { cover } b: book { cover } }', 14],
    ['a list of which nothing is said ten times its element', '{ book { authors { name } } }', 13],
    ['a list of lists accordingly', '{ matrix { name } }', 100],
    ['a slicing argument as often', '{ book { reviews(first: 7) { text } } }', 10],
    ['its default when it is left out', '{ book { reviews { text } } }', 8],
    ['what is assumed when there is neither', '{ covers }', 80],
    ['a list of leaves by their weight', '{ covers(first: 3) }', 12],
    ['none for a negative size', '{ covers(first: -3) }', 0],
    ['sized fields of a connection', '{ books(first: 4) { total nodes { id } edges { node { id } } } }', 1 + 12 + 16],
    ['the weight of a field once, of its elements each', '{ search(max: 2) { id } }', 9 + 6],
    [
      'input objects and weights of their fields',
      '{ search(max: 0, filter: { text: "x", tags: [{ name: "a" }, { name: "b", deeper: { name: "c" } }] }) { id } }',
      9 + 1 + 7 + 3,
    ],
    ['no field less than nothing', '{ cheap(fast: true) }', 0],
    ['the dearest object of an interface', '{ item { title } }', 3],
    [
      'the dearest object of a union, by what is selected of each',
      '{ thing { ... on Book { title } ... on Film { poster(width: 5) } } }',
      11,
    ],
    ['a mutation its weight', 'mutation { add(tags: [{ name: "a" }]) { id } }', 10 + 1 + 3],
  ])('counts %s', (_what, source, expected) => {
    expect(price(source)).toBe(expected);
  });

  it('counts variables by their values and defaults', () => {
    const source =
      'query ($first: Int = 2, $tags: [Tag!], $with: Boolean! = true) { books(first: $first) { nodes { id cover @include(if: $with) } } search(max: $first, filter: { tags: $tags }) { id } }';
    const search = (first: number, tags: number) => 9 + 1 + tags + first * 3;

    expect(price(source)).toBe(1 + 2 * 7 + search(2, 0));
    expect(price(source, { first: 5 })).toBe(1 + 5 * 7 + search(5, 0));
    expect(price(source, { with: false })).toBe(1 + 2 * 3 + search(2, 0));
    expect(price(source, { tags: [{ name: 'a', deeper: { name: 'b' } }, { name: 'c' }] })).toBe(1 + 14 + search(2, 3));
  });

  it.each(['{ books { total } }', '{ books(first: 1, last: 2) { total } }', '{ books(first: null) { total } }'])(
    'is not said when not exactly one slicing argument is given: %s',
    (source) => {
      expect(() => price(source)).toThrow(
        expect.objectContaining({ code: 'BAD_USER_INPUT', message: expect.stringContaining('"first", "last"') }),
      );
    },
  );

  it('asks for the one slicing argument when the variables are known', () => {
    const source = 'query ($a: Int, $b: Int) { books(first: $a, last: $b) { total } }';

    expect(price(source, { a: 1 })).toBe(1);
    expect(() => price(source, { a: 1, b: 1 })).toThrow('exactly one');
    expect(() => price(source)).toThrow('exactly one');
  });

  it('does not exceed the maximum', () => {
    expect(price('{ covers(first: 250) }')).toBe(maximum);
    expect(() => price('{ covers(first: 251) }')).toThrow(
      expect.objectContaining({
        code: 'COST_LIMIT_EXCEEDED',
        httpStatus: 400,
        extensions: { estimated: 1_004, maximum },
      }),
    );
  });

  it('stays a number when lists of the greatest size stand in each other', () => {
    const huge = 2 ** 31 - 1;
    const reviews = (inner: string) => `similar { reviews(first: ${huge}) { text } ${inner} }`;
    const source = `query ($n: Int) { books(first: $n) { nodes { ${reviews(reviews(''))} authors { name } } } }`;

    expect(() => price(source, { n: huge })).toThrow(/may cost \d+; the most is 1000/);
  });

  it('leaves out what the caller may not see', () => {
    const source = '{ book { reviews(first: 10) { text secret { name } } } }';

    expect(price(source)).toBe(3 + 10);
    expect(graph.engine.price(aRequest(source, { caller: aUser() }))).toBe(3 + 20);
  });
});

describe('paths, which a supergraph may have that something else than Apollo composed,', () => {
  const schema = buildSchema(`
    type Query { library(window: Window): Catalogue }
    input Window { size: Int = 3 }
    type Catalogue { shelf: Holding }
    type Holding { books: [Book!]! }
    type Book { id: ID! }`);
  const said = parse(`
    schema @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@listSize"]) { query: Query }
    type Query { library: Catalogue @listSize(slicingArguments: ["window.size"], sizedFields: ["shelf.books"]) }`);
  const costs = readCosts(said, readLinks(said));

  it('lead into input objects, and to fields below others', () => {
    const selection = '{ shelf { books { id } } }';

    const price = (source: string, variables = {}) => priceOf(schema, source, { costs, variables });

    expect(price(`{ library(window: { size: 5 }) ${selection} }`)).toBe(1 + 1 + 1 + 5);
    expect(price(`{ library(window: {}) ${selection} }`)).toBe(1 + 1 + 1 + 3);
    expect(price(`query ($w: Window) { library(window: $w) ${selection} }`, { w: { size: 7 } })).toBe(3 + 7);
    expect(price(`query ($n: Int) { library(window: { size: $n }) ${selection} }`, { n: 8 })).toBe(3 + 8);
    expect(() => price(`{ library ${selection} }`)).toThrow('"window.size"');
  });
});

describe('fragments that multiply', () => {
  const book = buildSchema('type Query { book: Book } type Book { id: ID!, similar: Book }');
  const levels = (count: number, fragment: (level: number) => string) =>
    Array.from({ length: count }, (_, level) => fragment(level)).join(' ');

  it('cost what they unfold to, and are not unfolded for that', () => {
    const doubling = levels(24, (level) => `fragment F${level} on Book { ...F${level + 1} ...F${level + 1} }`);
    const twenty = (level: number) =>
      Array.from({ length: 20 }, (_, index) => `a${index}: similar { ...G${level + 1} }`).join(' ');
    const fan = levels(8, (level) => `fragment G${level} on Book { ${twenty(level)} }`);

    expect(priceOf(book, `{ book { ...F0 } } ${doubling} fragment F24 on Book { similar { id } }`)).toBe(2);
    expect(priceOf(book, `{ book { ...G0 } } ${fan} fragment G8 on Book { id }`)).toBe((20 ** 9 - 1) / 19);
  });
});

describe('a result', () => {
  it('tells what the operation cost when it is asked to', async () => {
    const request = aRequest('{ books(first: 10) { nodes { id } } items { title } }');

    const asked = await graph.engine.execute({ ...request, tellsCost: true });
    const notAsked = await graph.engine.execute(request);

    expect(asked.extensions).toEqual({ cost: { estimated: 1 + 30 + 30, actual: 1 + 6 + 3 + 3, maximum } });
    expect(asked.data).toEqual(notAsked.data);
    expect(notAsked.extensions).toBeUndefined();
  });

  it('counts objects by their type name, leaves and what was not null', async () => {
    const source = '{ items { __typename title } book { cover shelf authors { name } similar { id } } }';

    const { extensions } = await graph.engine.execute({ ...aRequest(source), tellsCost: true });

    expect(extensions).toMatchObject({ cost: { actual: 3 + 1 + 3 + 4 + 2 + 1 } });
  });
});
