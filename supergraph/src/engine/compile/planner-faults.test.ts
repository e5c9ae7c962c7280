import { afterEach, describe, expect, it } from '@jest/globals';
import { type MemoryGraph, startMemoryGraph } from '../testing/memory-graph.ts';
import { aRequest } from '../testing/test-graph.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@interfaceObject"])';

let graph: MemoryGraph;
afterEach(() => graph.close());

describe('a name that the planner needs for itself', () => {
  it('may be the alias of another field, though it is a key', async () => {
    graph = await startMemoryGraph([
      {
        name: 'names',
        sdl: `${link} type Query { user: User } type User @key(fields: "id") { id: ID! name: String }`,
        resolvers: { Query: { user: () => ({ id: '1', name: 'Ada' }) } },
      },
      {
        name: 'ages',
        sdl: `${link} type User @key(fields: "id") { id: ID! age: Int }`,
        resolvers: { User: { __resolveReference: ({ id }: { id: string }) => ({ id, age: id === '1' ? 36 : null }) } },
      },
    ]);

    const result = await graph.engine.execute(
      aRequest('{ user { id: name age kind: __typename } me: user { id: __typename age } }'),
    );

    expect(result).toEqual({ data: { user: { id: 'Ada', age: 36, kind: 'User' }, me: { id: 'User', age: 36 } } });
  });

  it('may be asked with other arguments than a requirement has', async () => {
    graph = await startMemoryGraph([
      {
        name: 'posts',
        sdl: `${link} type Query { post: Post } type Post @key(fields: "id") { id: ID! comments(limit: Int!): [String!] }`,
        resolvers: {
          Query: { post: () => ({ id: '1' }) },
          Post: {
            __resolveReference: (post: object) => post,
            comments: (_: unknown, { limit }: { limit: number }) => ['a', 'b', 'c', 'd'].slice(0, limit),
          },
        },
      },
      {
        name: 'digests',
        sdl: `${link} type Post @key(fields: "id") { id: ID! comments(limit: Int!): [String!] @external digest: String @requires(fields: "comments(limit: 3)") }`,
        resolvers: {
          Post: {
            __resolveReference: (post: object) => post,
            digest: ({ comments }: { comments: string[] }) => comments.join('+'),
          },
        },
      },
    ]);

    const result = await graph.engine.execute(aRequest('{ post { comments(limit: 1) digest } }'));

    expect(result).toEqual({ data: { post: { comments: ['a'], digest: 'a+b+c' } } });
  });

  it("is the client's own in the path of an error", async () => {
    graph = await startMemoryGraph([
      {
        name: 'names',
        sdl: `${link} type Query { user: User } type User @key(fields: "id") { id: ID! name: String }`,
        resolvers: {
          Query: {
            user: () => ({
              id: '1',
              name: () => {
                throw new Error('gone');
              },
            }),
          },
        },
      },
      {
        name: 'ages',
        sdl: `${link} type User @key(fields: "id") { id: ID! age: Int }`,
        resolvers: { User: { __resolveReference: ({ id }: { id: string }) => ({ id, age: 36 }) } },
      },
    ]);

    const result = await graph.engine.execute(aRequest('{ user { id: name age } }'));

    expect(result.data).toEqual({ user: { id: null, age: 36 } });
    expect(result.errors?.map(({ path }) => path)).toEqual([['user', 'id']]);
  });
});

describe('fields that require the same field with different arguments', () => {
  const products = (price: (currency: string) => number) => ({
    name: 'products',
    sdl: `${link} enum Currency { USD EUR GBP } type Query { products: [Product!]! } type Mutation { touch: Product! }
      type Product @key(fields: "id") { id: ID! price(currency: Currency! = USD): Int! boxes: [Box!]! }
      type Box { weight(unit: String!): Int! }`,
    resolvers: {
      Query: { products: () => [{ id: '1' }, { id: '2' }] },
      Mutation: { touch: () => ({ id: '1' }) },
      Product: {
        __resolveReference: (product: object) => product,
        price: ({ id }: { id: string }, { currency }: { currency: string }) => Number(id) * price(currency),
        boxes: () => [{ weight: 'a' }, { weight: 'b' }],
      },
      Box: { weight: (_: unknown, { unit }: { unit: string }) => unit.length },
    },
  });
  const labels = {
    name: 'labels',
    sdl: `${link} enum Currency { USD EUR GBP } type Box { weight(unit: String!): Int! @external }
      type Product @key(fields: "id") { id: ID! price(currency: Currency! = USD): Int! @external boxes: [Box!]! @external
        dollars(prefix: String): String! @requires(fields: "price(currency: USD)")
        euros(prefix: String): String! @requires(fields: "price(currency: EUR)")
        plain: String! @requires(fields: "price")
        grams: Int! @requires(fields: "boxes { weight(unit: \\"gram\\") }")
        pounds: Int! @requires(fields: "boxes { weight(unit: \\"pound\\") }")
        color: String! }`,
    resolvers: {
      Product: {
        __resolveReference: (product: object) => ({ ...product, color: 'red' }),
        dollars: ({ price }: { price: number }, { prefix }: { prefix?: string }) => `${prefix ?? '$'}${price}`,
        euros: ({ price }: { price: number }, { prefix }: { prefix?: string }) => `${prefix ?? '€'}${price}`,
        plain: ({ price }: { price: number }) => `${price}`,
        grams: ({ boxes }: { boxes: { weight: number }[] }) => boxes.reduce((sum, { weight }) => sum + weight, 0),
        pounds: ({ boxes }: { boxes: { weight: number }[] }) => boxes.reduce((sum, { weight }) => sum + weight, 100),
      },
    },
  };
  const prices: Readonly<Record<string, number>> = { USD: 110, EUR: 100, GBP: 90 };
  const priceIn = (currency: string) => prices[currency] ?? 0;

  it('get a value each, beside what the client asks with arguments of its own', async () => {
    graph = await startMemoryGraph([products(priceIn), labels]);

    const result = await graph.engine.execute(
      aRequest(
        'query ($p: String, $q: String) { products { color dollars(prefix: $p) euros(prefix: $q) plain grams pounds price(currency: GBP) } }',
        { variables: { p: 'US$', q: 'EUR ' } },
      ),
    );

    expect(result).toEqual({
      data: {
        products: [1, 2].map((id) => ({
          color: 'red',
          dollars: `US$${id * 110}`,
          euros: `EUR ${id * 100}`,
          plain: `${id * 110}`,
          grams: 8,
          pounds: 110,
          price: id * 90,
        })),
      },
    });
  });

  it('are asked for once each, and the mutation before them once', async () => {
    graph = await startMemoryGraph([products(priceIn), labels]);

    const result = await graph.engine.execute(aRequest('mutation { touch { dollars euros } }'));

    expect(result).toEqual({ data: { touch: { dollars: '$110', euros: '€100' } } });
    expect(graph.asked.map(({ subgraph }) => subgraph)).toEqual(['products', 'labels', 'labels']);
  });

  it('keep the name that the client knows in the path of an error', async () => {
    graph = await startMemoryGraph([
      products((currency) => {
        if (currency === 'EUR') throw new Error('no rate');
        return 110;
      }),
      labels,
    ]);

    const result = await graph.engine.execute(aRequest('{ products { euros } }'));

    expect(result.data).toBeNull();
    expect(result.errors?.map(({ path }) => path?.at(-1))).not.toContain('price__1');
    expect(JSON.stringify(result.errors)).not.toContain('__');
  });

  it('are unknown to clients under the names that they are planned with', async () => {
    graph = await startMemoryGraph([products(priceIn), labels]);
    const { state } = graph.engine;

    const type = state.phase === 'serving' ? state.graph.schema.getType('Product') : undefined;

    expect(Object.keys((type as { getFields(): object }).getFields()).toSorted()).toEqual([
      'boxes',
      'color',
      'dollars',
      'euros',
      'grams',
      'id',
      'plain',
      'pounds',
      'price',
    ]);
  });
});

describe('a condition on a field that requires another', () => {
  it('does not take its siblings along', async () => {
    graph = await startMemoryGraph([
      {
        name: 'posts',
        sdl: `${link} type Query { post: Post } type Post @key(fields: "id") { id: ID! title: String }`,
        resolvers: { Query: { post: () => ({ id: '1', title: 'T' }) } },
      },
      {
        name: 'digests',
        sdl: `${link} type Post @key(fields: "id") { id: ID! title: String @external digest: String @requires(fields: "title") size: Int }`,
        resolvers: {
          Post: {
            __resolveReference: (post: object) => ({ ...post, size: 3 }),
            digest: ({ title }: { title: string }) => `${title}!`,
          },
        },
      },
    ]);
    const source = 'query ($all: Boolean!) { post { digest @include(if: $all) size } }';

    const [without, withIt] = [
      await graph.engine.execute(aRequest(source, { variables: { all: false } })),
      await graph.engine.execute(aRequest(source, { variables: { all: true } })),
    ];

    expect(without).toEqual({ data: { post: { size: 3 } } });
    expect(withIt).toEqual({ data: { post: { digest: 'T!', size: 3 } } });
  });

  it('may leave nothing to ask of an object', async () => {
    graph = await startMemoryGraph([
      {
        name: 'posts',
        sdl: `${link} type Query { post: Post posts: [Post!] } type Post { title: String }`,
        resolvers: { Query: { post: () => ({ title: 'T' }), posts: () => [{ title: 'T' }] } },
      },
    ]);
    const source =
      'query ($all: Boolean!) { post { title @include(if: $all) } posts { ...F @skip(if: false) } } fragment F on Post { title @skip(if: true) }';

    const result = await graph.engine.execute(aRequest(source, { variables: { all: false } }));

    expect(result).toEqual({ data: { post: {}, posts: [{}] } });
  });
});

describe('an interface object whose type no subgraph can tell', () => {
  it('is null with an error', async () => {
    graph = await startMemoryGraph([
      {
        name: 'media',
        sdl: `${link} type Query { a: Int } interface Media @key(fields: "id") { id: ID! title: String } type Book implements Media @key(fields: "id") { id: ID! title: String } type Film implements Media @key(fields: "id") { id: ID! title: String }`,
        resolvers: {
          Media: { __resolveReference: () => null, __resolveType: () => 'Book' },
          Book: { __resolveReference: () => null },
          Film: { __resolveReference: () => null },
        },
      },
      {
        name: 'ratings',
        sdl: `${link} type Query { best: Media } type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int }`,
        resolvers: { Query: { best: () => ({ id: '1', stars: 5 }) } },
      },
    ]);

    const result = await graph.engine.execute(aRequest('{ best { __typename stars } }'));

    expect(result.data).toEqual({ best: null });
    expect(result.errors?.map(({ path, extensions }) => [path, extensions['code']])).toEqual([
      [['best'], 'INVALID_SUBGRAPH_ANSWER'],
    ]);
  });
});

describe('a field of an interface object that is asked of one type', () => {
  it('says nothing of the other types, though they are asked too', async () => {
    graph = await startMemoryGraph([
      {
        name: 'library',
        sdl: `${link} type Query { all: [Media!]! } interface Media @key(fields: "id") { id: ID! title: String! }
          type Book implements Media @key(fields: "id") { id: ID! title: String! } type Film implements Media @key(fields: "id") { id: ID! title: String! }`,
        resolvers: {
          Query: {
            all: () => [
              { __typename: 'Book', id: '1', title: 'Emma' },
              { __typename: 'Film', id: '2', title: 'Alien' },
            ],
          },
        },
      },
      {
        name: 'charts',
        sdl: `${link} type Media @key(fields: "id") @interfaceObject { id: ID! title: String! @external stars: Int label: String @requires(fields: "title") }`,
        resolvers: {
          Media: {
            __resolveReference: (media: object) => ({ ...media, stars: 5 }),
            label: ({ title }: { title: string }) => {
              if (title === 'Alien') throw new Error('no label for films');
              return `${title}!`;
            },
          },
        },
      },
    ]);

    const result = await graph.engine.execute(aRequest('{ all { ... on Book { label } stars } }'));

    expect(result).toEqual({ data: { all: [{ label: 'Emma!', stars: 5 }, { stars: 5 }] } });
  });
});
