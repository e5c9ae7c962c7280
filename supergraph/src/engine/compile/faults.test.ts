import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { ExecutionResult } from 'graphql';
import { type Asked, type MemoryGraph, startMemoryGraph } from '../testing/memory-graph.ts';
import { aRequest } from '../testing/test-graph.ts';
import type { TestSubgraph } from '../testing/test-subgraph.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external"])';

const posts: TestSubgraph = {
  name: 'posts',
  sdl: `
    ${link}
    type Post @key(fields: "id") { id: ID! title: String author: User! }
    type User @key(fields: "id") { id: ID! }
    type Query { posts: [Post] post: Post page: [[Post]] }
    type Mutation { publish(id: ID!): Post }
  `,
  resolvers: {
    Query: {
      posts: () => [post('1', 'u1'), post('2', 'u2'), null, post('3', 'u1')],
      post: () => post('1', 'u1'),
      page: () => [[post('1', 'u1')], null, [null, post('2', 'u1')]],
    },
    Mutation: { publish: (_: unknown, { id }: { id: string }) => post(id, 'u1') },
  },
};
const post = (id: string, author: string) => ({ id, title: `Post ${id}`, author: { id: author } });

const users: TestSubgraph = {
  name: 'users',
  sdl: `
    ${link}
    type User @key(fields: "id") @key(fields: "name") { id: ID! name: String strict: String! mail: Mail }
    type Mail { address: String }
    type Query { me: User strictMe: User! }
  `,
  resolvers: {
    Query: { me: () => ({ id: 'u1' }), strictMe: () => ({ id: 'u1' }) },
    User: {
      __resolveReference: ({ id }: { id: string }) => ({
        id,
        name: `Name ${id}`,
        strict: 'yes',
        mail: { address: id },
      }),
      name: ({ id }: { id: string }) => `Name ${id}`,
      strict: () => 'yes',
    },
  },
};

const badges: TestSubgraph = {
  name: 'badges',
  sdl: `
    ${link}
    type User @key(fields: "id") { id: ID! name: String @external badge: String @requires(fields: "name") level: Int }
    type Query { levels: Int }
  `,
  resolvers: {
    User: {
      __resolveReference: (reference: object) => reference,
      badge: ({ name }: { name: string }) => `Badge of ${name}`,
      level: () => 3,
    },
  },
};

let graph: MemoryGraph;
beforeAll(async () => {
  graph = await startMemoryGraph([posts, users, badges]);
}, 30_000);
afterAll(() => graph.close());
beforeEach(() => {
  graph.intercept = () => undefined;
});

const run = async (source: string) => tell(await graph.engine.execute(aRequest(source)));
const tell = ({ data, errors = [] }: ExecutionResult) => ({
  data,
  errors: errors.map(({ path, extensions }) => [path?.join('.'), extensions['code']]),
});
const when = (subgraph: string, answer: (asked: Asked) => unknown) => {
  graph.intercept = (asked) => (asked.subgraph === subgraph ? answer(asked) : undefined);
};
const down = () => {
  throw new CodedError('SUBGRAPH_UNAVAILABLE', 'A part of the graph cannot answer at the moment');
};
const late = () => {
  throw new CodedError('DEADLINE_EXCEEDED', 'A part of the graph did not answer in time');
};

describe('an error that a subgraph tells', () => {
  it('goes to every place of its entity', async () => {
    when('users', () => ({
      data: {
        _entities: [
          { __typename: 'User', name: null },
          { __typename: 'User', name: 'Name u2' },
        ],
      },
      errors: [{ message: 'hidden', path: ['_entities', 0, 'name'], extensions: { code: 'FORBIDDEN', host: 'db-1' } }],
    }));

    expect(await run('{ posts { author { name } } page { author { id } } }')).toEqual({
      data: {
        posts: [{ author: { name: null } }, { author: { name: 'Name u2' } }, null, { author: { name: null } }],
        page: [[{ author: { id: 'u1' } }], null, [null, { author: { id: 'u1' } }]],
      },
      errors: [
        ['posts.0.author.name', 'FORBIDDEN'],
        ['posts.3.author.name', 'FORBIDDEN'],
      ],
    });
  });

  it('keeps its path through lists of lists', async () => {
    when('users', () => ({
      data: { _entities: [null] },
      errors: [{ message: 'gone', path: ['_entities', 0], extensions: { code: 'NOT_FOUND' } }],
    }));

    expect(await run('{ page { author { name } } }')).toEqual({
      data: { page: [[{ author: { name: null } }], null, [null, { author: { name: null } }]] },
      errors: [
        ['page.0.0.author.name', 'NOT_FOUND'],
        ['page.2.1.author.name', 'NOT_FOUND'],
      ],
    });
  });

  it('explains the null that rises because of it, so that no other error does', async () => {
    when('users', () => ({
      data: { _entities: [null, { __typename: 'User', strict: 'yes' }] },
      errors: [{ message: 'broken', path: ['_entities', 0, 'strict'], extensions: { code: 'BROKEN' } }],
    }));

    expect(await run('{ posts { title author { strict } } }')).toEqual({
      data: { posts: [null, { title: 'Post 2', author: { strict: 'yes' } }, null, null] },
      errors: [
        ['posts.0.author.strict', 'BROKEN'],
        ['posts.3.author.strict', 'BROKEN'],
      ],
    });
  });

  it('about a whole request without data is told at each place that lacks it', async () => {
    when('users', () => ({ errors: [{ message: 'too complex', extensions: { code: 'TOO_COMPLEX' } }] }));

    expect((await run('{ me { name } posts { author { name } } }')).errors).toEqual([
      ['me', 'TOO_COMPLEX'],
      ['posts.0.author.name', 'TOO_COMPLEX'],
      ['posts.1.author.name', 'TOO_COMPLEX'],
      ['posts.3.author.name', 'TOO_COMPLEX'],
    ]);
  });

  it('without a path is passed on beside the data', async () => {
    when('users', () => ({
      data: { me: { name: 'Ada' } },
      errors: [{ message: 'slow', extensions: { code: 'SLOW' } }],
    }));

    expect(await run('{ me { name } }')).toEqual({ data: { me: { name: 'Ada' } }, errors: [[undefined, 'SLOW']] });
  });
});

describe('an error about a whole entity', () => {
  it('explains what could not be asked for lack of it, at its own places only', async () => {
    when('users', () => ({
      data: { _entities: [null, { __typename: 'User', name: 'Bob' }] },
      errors: [{ message: 'gone', path: ['_entities', 0], extensions: { code: 'NOT_FOUND' } }],
    }));

    expect(await run('{ posts { author { badge } } }')).toEqual({
      data: {
        posts: [{ author: { badge: null } }, { author: { badge: 'Badge of Bob' } }, null, { author: { badge: null } }],
      },
      errors: [
        ['posts.0.author.badge', 'NOT_FOUND'],
        ['posts.3.author.badge', 'NOT_FOUND'],
      ],
    });
  });
});

describe('a fetch that fails', () => {
  it('gives an error at each field that lacks its data, with the code', async () => {
    when('users', late);

    expect(await run('{ posts { title author { id name mail { address } } } }')).toEqual({
      data: {
        posts: ['1', '2', null, '3'].map(
          (id, at) => id && { title: `Post ${id}`, author: { id: ['u1', 'u2', '', 'u1'][at], name: null, mail: null } },
        ),
      },
      errors: [0, 1, 3].flatMap((at) => [
        [`posts.${at}.author.name`, 'DEADLINE_EXCEEDED'],
        [`posts.${at}.author.mail`, 'DEADLINE_EXCEEDED'],
      ]),
    });
  });

  it('explains what could not be asked for lack of its data', async () => {
    when('users', down);

    expect(await run('{ post { title author { badge level } } }')).toEqual({
      data: { post: { title: 'Post 1', author: { badge: null, level: 3 } } },
      errors: [['post.author.badge', 'SUBGRAPH_UNAVAILABLE']],
    });
  });

  it('lets the null of a field that must not be null rise, with its code', async () => {
    when('users', down);

    expect(await run('{ posts { title author { strict } } }')).toEqual({
      data: { posts: [null, null, null, null] },
      errors: [0, 1, 3].map((at) => [`posts.${at}.author.strict`, 'SUBGRAPH_UNAVAILABLE']),
    });
    expect(await run('{ post { title } strictMe { id } }')).toEqual({
      data: null,
      errors: [['strictMe', 'SUBGRAPH_UNAVAILABLE']],
    });
  });

  it('leaves the rest of a mutation alone', async () => {
    when('badges', down);

    expect(
      await run('mutation { a: publish(id: 1) { author { level } } b: publish(id: 2) { id author { name } } }'),
    ).toEqual({
      data: { a: { author: { level: null } }, b: { id: '2', author: { name: 'Name u1' } } },
      errors: [['a.author.level', 'SUBGRAPH_UNAVAILABLE']],
    });
  });

  it.each([
    ['no entities', { data: {} }],
    ['too few entities', { data: { _entities: [] } }],
    ['entities that are no list', { data: { _entities: {} } }],
    ['neither data nor errors', { data: null }],
  ])('includes one that is answered with %s', async (_, answer) => {
    when('users', () => answer);

    expect(await run('{ post { author { name } } }')).toEqual({
      data: { post: { author: { name: null } } },
      errors: [['post.author.name', 'SUBGRAPH_UNAVAILABLE']],
    });
  });

  it('is told once at its own place when nothing in the answer shows it', async () => {
    graph.intercept = ({ subgraph, query }) => {
      if (subgraph === 'users') return down();
      return query.includes('_entities') ? undefined : { data: { post: null } };
    };

    expect(await run('{ me { name } post { author { name } } }')).toEqual({
      data: { me: null, post: null },
      errors: [['me', 'SUBGRAPH_UNAVAILABLE']],
    });
  });
});

describe('an entity that its subgraph does not know', () => {
  it('is no fault where nulls are allowed', async () => {
    when('users', () => ({ data: { _entities: [null, { __typename: 'User', name: 'Name u2' }] } }));

    expect(await run('{ posts { author { name } } }')).toEqual({
      data: { posts: [{ author: { name: null } }, { author: { name: 'Name u2' } }, null, { author: { name: null } }] },
      errors: [],
    });
  });

  it('is one where they are not', async () => {
    when('users', () => ({ data: { _entities: [null] } }));

    expect(await run('{ post { author { strict } } }')).toEqual({
      data: { post: null },
      errors: [['post.author.strict', 'INVALID_SUBGRAPH_ANSWER']],
    });
  });
});
