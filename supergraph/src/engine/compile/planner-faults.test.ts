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
