import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { type TestGraph, aRequest, aUser, startTestGraph } from './testing/test-graph.ts';
import type { TestSubgraph } from './testing/test-subgraph.ts';

const media: TestSubgraph = {
  name: 'media',
  sdl: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@requiresScopes", "@policy", "@key"])
    interface Work { id: ID! title: String }
    type Book implements Work { id: ID! title: String pages: Int }
    type Film implements Work { id: ID! title: String @authenticated minutes: Int budget: Money }
    type Money @requiresScopes(scopes: [["money"]]) { amount: Int }
    type Draft @policy(policies: [["author"], ["editor", "senior"]]) { text: String }
    type Note { text: String! }
    enum Mood @authenticated { GOOD BAD }
    scalar Secret @authenticated
    input Wish { mood: Mood secret: Secret }
    union Paper = Draft | Note
    type Query { works: [Work!]! film: Film papers: [Paper!]! draft: Draft mood: Mood secret: Secret matrix: [[Film]] heard(mood: Mood, secret: Secret, wish: Wish): String }
  `,
  resolvers: {
    Query: {
      works: () => [book, film],
      film: () => film,
      papers: () => [
        { __typename: 'Draft', text: 'hush' },
        { __typename: 'Note', text: 'hello' },
      ],
      draft: () => ({ text: 'hush' }),
      mood: () => 'GOOD',
      secret: () => 'x',
      heard: (_: unknown, given: object) => JSON.stringify(given),
      matrix: () => [[film], [film, null]],
    },
  },
};
const book = { __typename: 'Book', id: '1', title: 'Emma', pages: 474 };
const film = { __typename: 'Film', id: '2', title: 'Alien', minutes: 117, budget: { amount: 11 } };

let graph: TestGraph;

beforeAll(async () => {
  const isFirst = (caller: Caller) => caller.kind === 'user' && caller.userId === '1';
  graph = await startTestGraph([media], { enforcers: { author: () => false, editor: isFirst, senior: isFirst } });
}, 30_000);
afterAll(() => graph.close());
beforeEach(() => {
  graph.requests.length = 0;
});

const run = async (source: string, ...args: Parameters<typeof aUser>) => {
  const result = await graph.engine.execute(aRequest(source, args.length > 0 ? { caller: aUser(...args) } : {}));
  return { data: result.data, paths: result.errors?.map(({ path }) => path?.join('.')) ?? [] };
};

describe('policies on abstract types', () => {
  it('guard a field of an interface when one implementation guards it', async () => {
    expect(await run('{ works { id title } }')).toEqual({
      data: {
        works: [
          { id: '1', title: null },
          { id: '2', title: null },
        ],
      },
      paths: ['works.@.title'],
    });
  });

  it('leave the field of an implementation that does not guard it', async () => {
    const source = '{ works { __typename ... on Book { title } ...F } } fragment F on Film { title minutes }';

    expect(await run(source)).toEqual({
      data: {
        works: [
          { __typename: 'Book', title: 'Emma' },
          { __typename: 'Film', title: null, minutes: 117 },
        ],
      },
      paths: ['works.@.title'],
    });
  });

  it('remove the fragments on a guarded member of a union and keep the others', async () => {
    expect(
      await run('{ papers { ... on Draft { text } ... on Note { words: text } } works { ... on Book { pages } } }'),
    ).toEqual({
      data: { papers: [{ text: null }, { words: 'hello' }], works: [{ pages: 474 }, {}] },
      paths: ['papers.@.text'],
    });
  });
});

describe('policies on types', () => {
  it('guard the fields that give such a type', async () => {
    expect(await run('{ film { minutes budget { amount } } mood }')).toEqual({
      data: { film: { minutes: 117, budget: null }, mood: null },
      paths: ['film.budget', 'mood'],
    });
    expect(graph.requests[0]?.query).not.toMatch(/budget|mood/);
  });

  it('guard what is given, not what is asked with: arguments and input fields of a guarded enum or scalar', async () => {
    const given = await run('{ mood secret heard(mood: GOOD, secret: "x", wish: { mood: BAD, secret: "y" }) }');

    expect(given).toEqual({
      data: { mood: null, secret: null, heard: '{"mood":"GOOD","secret":"x","wish":{"mood":"BAD","secret":"y"}}' },
      paths: ['mood', 'secret'],
    });
  });

  it('let through who has what they demand', async () => {
    expect(await run('{ film { title budget { amount } } mood draft { text } }', 'money')).toEqual({
      data: { film: { title: 'Alien', budget: { amount: 11 } }, mood: 'GOOD', draft: { text: 'hush' } },
      paths: [],
    });
  });

  it('refuse a policy that the caller does not satisfy', async () => {
    expect(await run('{ draft { text } }')).toEqual({ data: { draft: null }, paths: ['draft'] });
  });
});

describe('what is left of an operation', () => {
  it('keeps its shape in lists of lists', async () => {
    expect(await run('{ matrix { minutes title } }')).toEqual({
      data: { matrix: [[{ minutes: 117, title: null }], [{ minutes: 117, title: null }, null]] },
      paths: ['matrix.@.@.title'],
    });
  });

  it('keeps aliases and arguments, and no variable that is not used any more', async () => {
    const source =
      'query Q($a: Boolean!, $b: Boolean!) { film { long: minutes @include(if: $a) name: title @skip(if: $b) } }';
    const variables = { a: true, b: false };

    const result = await graph.engine.execute(aRequest(source, { variables }));

    expect(result.data).toEqual({ film: { long: 117, name: null } });
    expect(result.errors).toHaveLength(1);
    expect(graph.requests[0]?.variables).toEqual({});
  });

  it('answers what costs no request even when all else is removed', async () => {
    expect(await run('{ __typename mood __type(name: "Mood") { name } }')).toEqual({
      data: { __typename: 'Query', mood: null, __type: { name: 'Mood' } },
      paths: ['mood'],
    });
    expect(graph.requests).toEqual([]);
  });

  it('is refused when its fragments would grow beyond all bounds', async () => {
    const fragments = Array.from(
      { length: 20 },
      (_, at) => `fragment F${at} on Film { minutes ...F${at + 1} ...F${at + 1} }`,
    );
    const source = `{ film { ...F0 } } ${fragments.join(' ')} fragment F20 on Film { minutes }`;

    const result = await graph.engine.execute(aRequest(source));

    expect(result.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    expect(graph.requests).toEqual([]);
  });
});

describe('a graph with a policy that nothing enforces', () => {
  const open: TestSubgraph = {
    name: 'open',
    sdl: 'type Query { greeting: String }',
    resolvers: { Query: { greeting: () => 'hello' } },
  };
  const guarded: TestSubgraph = {
    name: 'guarded',
    sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@policy"])
      type Query { secret: String @policy(policies: [["known"], ["unknown"]]) }`,
    resolvers: { Query: { secret: () => 'hush' } },
  };

  it('is refused with the name of the policy, and the one before goes on', async () => {
    const growing = await startTestGraph([open], { enforcers: { known: () => true } });
    try {
      await growing.serve(guarded);
      await until(() => growing.engine.fault !== null);

      const { data } = await growing.engine.execute(aRequest('{ greeting }'));

      expect(growing.engine.fault).toMatch(/policies that nothing enforces: unknown /);
      expect(data).toEqual({ greeting: 'hello' });
      expect((await growing.engine.execute(aRequest('{ secret }'))).data).toBeUndefined();
    } finally {
      await growing.close();
    }
  });

  it('is not served when it is the first, and readiness says why', async () => {
    const waiting = await startTestGraph([]);
    try {
      await waiting.serve(guarded);
      await until(() => waiting.engine.fault !== null);

      expect(waiting.engine.state).toEqual({
        phase: 'waiting',
        reasons: [expect.stringContaining('known, unknown')],
      });
    } finally {
      await waiting.close();
    }
  });
});
