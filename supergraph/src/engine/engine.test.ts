import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestGraph, aRequest, aUser, startTestGraph } from './testing/test-graph.ts';
import type { TestSubgraph } from './testing/test-subgraph.ts';

const link = (imports: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])`;

const people: TestSubgraph = {
  name: 'people',
  sdl: `
    ${link('"@key", "@authenticated", "@requiresScopes"')}
    type Person @key(fields: "id") {
      id: ID!
      name: String!
      email: String @requiresScopes(scopes: [["people:read", "people:mail"], ["all"]])
      account: Account!
      broken: String
      forbidden: String
    }
    type Account { number: String @authenticated currency: String! }
    type Query { me: Person @authenticated person(id: ID!): Person people: [Person!]! secret: String! @authenticated }
    type Mutation { rename(id: ID!, name: String!): Person @authenticated }
  `,
  resolvers: {
    Query: {
      me: () => ada,
      person: (_: unknown, { id }: { id: string }) => (id === '1' ? ada : null),
      people: () => [ada, { ...ada, id: '2', name: 'Bob' }],
      secret: () => 'secret',
    },
    Mutation: { rename: (_: unknown, { id, name }: { id: string; name: string }) => ({ ...ada, id, name }) },
    Person: {
      __resolveReference: ({ id }: { id: string }) => ({ ...ada, id }),
      broken: () => {
        throw new Error('connection to 10.0.0.7:5432 failed');
      },
    },
  },
};
const ada = { id: '1', name: 'Ada', email: 'ada@example.com', account: { number: 'DE1', currency: 'EUR' } };

const reviews: TestSubgraph = {
  name: 'reviews',
  sdl: `
    ${link('"@key"')}
    type Person @key(fields: "id") { id: ID! reviews: [Review!] }
    type Review { text: String! author: Person! }
    type Query { latest: [Review!]! }
  `,
  resolvers: {
    Query: { latest: () => [{ text: 'good', author: { id: '1' } }] },
    Person: { reviews: () => [{ text: 'good', author: { id: '1' } }] },
  },
};

let graph: TestGraph;

beforeAll(async () => {
  graph = await startTestGraph([people, reviews]);
}, 30_000);
afterAll(() => graph.close());
beforeEach(() => {
  graph.requests.length = 0;
});

describe('execute', () => {
  it('joins the data of several subgraphs', async () => {
    const result = await graph.engine.execute(aRequest('{ person(id: 1) { name reviews { text author { name } } } }'));

    expect(result).toEqual({ data: { person: { name: 'Ada', reviews: [{ text: 'good', author: { name: 'Ada' } }] } } });
  });

  it('answers introspection without a request', async () => {
    const result = await graph.engine.execute(aRequest('{ __schema { queryType { name } } __typename }'));

    expect(result).toEqual({ data: { __schema: { queryType: { name: 'Query' } }, __typename: 'Query' } });
    expect(graph.requests).toEqual([]);
  });

  it('says which variable is wrong', async () => {
    const source = 'query ($id: ID!) { person(id: $id) { name } }';

    const result = await graph.engine.execute(aRequest(source));

    expect(result.data).toBeUndefined();
    expect(result.errors?.[0]?.message).toContain('"$id"');
    expect(result.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it('refuses a subscription', async () => {
    const result = await graph.engine.execute(aRequest('subscription { x }'));

    expect(result.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it('masks what a subgraph did not foresee and names no subgraph', async () => {
    const result = await graph.engine.execute(aRequest('{ person(id: 1) { name broken } }'));

    expect(result.data).toEqual({ person: { name: 'Ada', broken: null } });
    expect(result.errors?.map((error) => error.toJSON())).toEqual([
      { message: 'Internal server error', path: ['person', 'broken'], extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    ]);
  });

  it('hands the identity, the trace and what is left of the time on', async () => {
    const request = aRequest('{ person(id: 1) { name } }');

    await graph.engine.execute(request);

    const headers = graph.requests[0]?.headers;
    expect(headers?.['authorization']).toMatch(/^Bearer /);
    expect(String(headers?.['traceparent']).slice(0, 36)).toBe(request.traceparent.slice(0, 36));
    expect(Number(headers?.['x-deadline-ms'])).toBeGreaterThan(0);
    expect(Number(headers?.['x-deadline-ms'])).toBeLessThanOrEqual(2000);
  });

  it('asks for nothing when the client has gone', async () => {
    const result = await graph.engine.execute(aRequest('{ person(id: 1) { name } }', { signal: AbortSignal.abort() }));

    expect(result.errors).toHaveLength(1);
    expect(graph.requests).toEqual([]);
  });
});

describe('policies', () => {
  it('remove a field without asking its subgraph for it, and say so', async () => {
    const result = await graph.engine.execute(aRequest('{ person(id: 1) { name email } }'));

    expect(result.data).toEqual({ person: { name: 'Ada', email: null } });
    expect(result.errors?.map((error) => error.toJSON())).toEqual([
      {
        message: 'Unauthorized field or type',
        path: ['person', 'email'],
        extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
      },
    ]);
    expect(graph.requests.map(({ query }) => query)).toEqual([expect.not.stringContaining('email')]);
  });

  it('cost no request when nothing is left', async () => {
    const result = await graph.engine.execute(aRequest('{ me { name } person(id: 1) { email } }'));

    expect(result.data).toEqual({ me: null, person: null });
    expect(result.errors?.map(({ path }) => path)).toEqual([['me'], ['person', 'email']]);
    expect(graph.requests).toEqual([]);
  });

  it('never run a mutation that the caller may not call', async () => {
    const result = await graph.engine.execute(aRequest('mutation { rename(id: 1, name: "Eve") { name } }'));

    expect(result.data).toEqual({ rename: null });
    expect(graph.requests).toEqual([]);
  });

  it('let the null of a removed field rise through non-null fields', async () => {
    const result = await graph.engine.execute(aRequest('{ secret person(id: 1) { name } }'));

    expect(result.data).toBeNull();
    expect(result.errors?.[0]?.path).toEqual(['secret']);
  });

  it('keep the siblings when all that was asked of a non-null object is removed', async () => {
    const result = await graph.engine.execute(aRequest('{ people { name account { number } } }'));

    expect(result.data).toEqual({
      people: [
        { name: 'Ada', account: { number: null } },
        { name: 'Bob', account: { number: null } },
      ],
    });
    expect(result.errors?.map(({ path }) => path)).toEqual([['people', '@', 'account', 'number']]);
  });

  it.each([
    [['people:read', 'people:mail'], 'ada@example.com'],
    [['all'], 'ada@example.com'],
    [['people:read'], null],
  ])('take scopes %j for an e-mail address: %s', async (scopes, email) => {
    const result = await graph.engine.execute(aRequest('{ person(id: 1) { email } }', { caller: aUser(...scopes) }));

    expect(result.data?.['person']).toEqual(email === null ? null : { email });
  });

  it('say nothing of a field that @include leaves out', async () => {
    const source =
      'query ($all: Boolean!) { person(id: 1) { name ...Mail @include(if: $all) } } fragment Mail on Person { email }';

    const without = await graph.engine.execute(aRequest(source, { variables: { all: false } }));
    const withIt = await graph.engine.execute(aRequest(source, { variables: { all: true } }));

    expect(without).toEqual({ data: { person: { name: 'Ada' } } });
    expect(withIt.data).toEqual({ person: { name: 'Ada', email: null } });
    expect(withIt.errors).toHaveLength(1);
  });

  it('do not mix up callers who send the same text', async () => {
    const source = '{ person(id: 1) { name email } }';

    const results = await Promise.all(
      [aUser('all'), aUser(), aUser('all')].map((caller) => graph.engine.execute(aRequest(source, { caller }))),
    );

    expect(results.map(({ data }) => data?.['person'])).toEqual([
      { name: 'Ada', email: 'ada@example.com' },
      { name: 'Ada', email: null },
      { name: 'Ada', email: 'ada@example.com' },
    ]);
  });
});
