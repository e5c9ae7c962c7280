import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import type DataLoader from 'dataloader';
import type { FastifyInstance } from 'fastify';
import { Writable } from 'node:stream';
import { request as httpRequest } from 'node:http';
import { CodedError } from '../errors/coded-error.ts';
import { createHttpServer, listen } from '../http/server.ts';
import { anonymous, type Caller, isUser } from '../identity/caller.ts';
import {
  createInternalTokens,
  createInternalVerifier,
  type InternalTokens,
  type Purpose,
} from '../identity/internal-tokens.ts';
import { generateSigningKey, publicKeySet } from '../identity/keys.ts';
import { createLog } from '../log/log.ts';
import { batchById } from './batch.ts';
import { serveSubgraph, type SubgraphRequest } from './serve-subgraph.ts';
import { allow, deny, rule } from './shield.ts';

const sdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  directive @cacheControl(maxAge: Int) on OBJECT | FIELD_DEFINITION
  type User @key(fields: "id") @cacheControl(maxAge: 9) { id: ID! name: String! email: String broken: String refused: String }
  type OrderEvent { cursor: String! orderId: ID! }
  type Query { user(id: ID!): User wait: String secret: String caller: String first(count: Int!): Int }
  type Mutation { rename(id: ID!, name: String!): User }
  type Subscription { orderCreated: OrderEvent! }
`;

interface Person {
  id: string;
  name: string;
  email: string;
}

interface Context extends SubgraphRequest {
  people: DataLoader<string, Person | null>;
}

const people = new Map(
  ['1', '2', '3'].map((id) => [id, { id, name: `Person ${id}`, email: `${id}@example.com` }] as const),
);
const ada: Caller = { kind: 'user', userId: '1', scopes: new Set() };
const isSelf = rule()((person: Person, _args, { caller }: Context) => isUser(caller, person.id));

const loads: (readonly string[])[] = [];
let waiting = Promise.withResolvers<AbortSignal>();
const logged: string[] = [];
let server: FastifyInstance;
let url: string;
let tokens: InternalTokens;
let sdlHash: string;

beforeAll(async () => {
  const key = await generateSigningKey('gateway');
  tokens = createInternalTokens({ signingKey: key, issuer: 'gateway' });
  const destination = new Writable({ write: (line, _encoding, done) => done(void logged.push(String(line))) });
  const log = createLog({ service: 'users', level: 'info', destination });
  server = createHttpServer({ log });
  const verify = createInternalVerifier({ keys: publicKeySet([key]), audience: 'users' });
  ({ sdlHash } = serveSubgraph<Context>(
    server,
    { log, verify },
    {
      name: 'users',
      sdl,
      resolvers: {
        Query: {
          user: (_: unknown, { id }: { id: string }, context: Context) => context.people.load(id),
          wait: (_: unknown, __: unknown, { work: { signal } }: Context) => {
            waiting.resolve(signal);
            return new Promise((resolve) => signal.addEventListener('abort', () => resolve('late')));
          },
          caller: (_: unknown, __: unknown, { caller }: Context) => (caller.kind === 'user' ? caller.userId : null),
          first: (_: unknown, { count }: { count: number }) => count,
        },
        User: {
          __resolveReference: ({ id }: { id: string }, context: Context) => context.people.load(id),
          broken: () => {
            throw new Error('connection to 10.0.0.7 lost');
          },
          refused: () => {
            throw new CodedError('CONFLICT', 'somebody was faster', { extensions: { version: 3 } });
          },
        },
        Subscription: {
          orderCreated: {
            resolve: ({ event, cursor }: SubgraphRequest['event'] & object) => ({ cursor, orderId: event.subject }),
          },
        },
      },
      permissions: { Query: { '*': allow, secret: deny }, User: { email: isSelf } },
      createContext: (request) => ({
        ...request,
        people: batchById(async (ids) => {
          loads.push(ids);
          return new Map([...people].filter(([id]) => ids.includes(id)));
        }),
      }),
    },
  ));
  ({ url } = await listen(server, { host: '127.0.0.1', port: 0 }));
});

/** The signal of the next request that waits. */
function nextWait(): Promise<AbortSignal> {
  waiting = Promise.withResolvers();
  return waiting.promise;
}

afterAll(() => server.close());

async function ask(
  query: string,
  options: { caller?: Caller; purpose?: Purpose; headers?: object; body?: object } = {},
) {
  const { caller = ada, purpose = 'query' } = options;
  const token = await tokens.mint({ audience: 'users', caller, purpose });
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...options.headers },
    body: JSON.stringify({ query, ...options.body }),
  });
  return {
    status: response.status,
    cacheControl: response.headers.get('cache-control'),
    body: (await response.json()) as { data: { _entities: unknown[] }; errors: unknown[] },
  };
}

const code = (code: string) => ({
  errors: [expect.objectContaining({ extensions: expect.objectContaining({ code }) })],
});
const entities = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id name email } } }`;
const references = (...ids: string[]) => ({ variables: { of: ids.map((id) => ({ __typename: 'User', id })) } });

describe('a subgraph', () => {
  it('answers a caller and lets each rule decide for its own field only', async () => {
    const answer = await ask('{ user(id: 2) { name email } }');

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      data: { user: { name: 'Person 2', email: null } },
      errors: [{ message: 'Not allowed', path: ['user', 'email'], extensions: { code: 'FORBIDDEN' } }],
    });
  });

  it('guards the fields of entities that are reached through _entities, while siblings answer', async () => {
    const { body } = await ask(entities, { body: references('1', '2') });

    expect(body).toMatchObject({
      data: {
        _entities: [
          { id: '1', name: 'Person 1', email: '1@example.com' },
          { id: '2', name: 'Person 2', email: null },
        ],
      },
      errors: [{ message: 'Not allowed', path: ['_entities', 1, 'email'], extensions: { code: 'FORBIDDEN' } }],
    });
  });

  it('guards them from an anonymous caller too', async () => {
    const { body } = await ask(entities, { caller: anonymous, body: references('1') });

    expect(body.data._entities).toEqual([{ id: '1', name: 'Person 1', email: null }]);
  });

  it('loads the entities of one request together, each once, and answers null for those that are not there', async () => {
    loads.length = 0;

    const { body } = await ask(entities, { body: references('1', '3', '1', '9') });

    expect(loads).toEqual([['1', '3', '9']]);
    expect(body.data._entities[3]).toBeNull();
  });

  it('refuses a field that a rule denies to everybody', async () => {
    const { body } = await ask('{ secret first(count: 1) }');

    expect(body).toMatchObject({ data: { secret: null, first: 1 }, ...code('FORBIDDEN') });
  });

  it('shows a coded fault and hides any other, which it logs', async () => {
    const { body } = await ask('{ user(id: 1) { broken refused } }');

    expect(body.errors).toEqual([
      expect.objectContaining({
        message: 'Internal server error',
        path: ['user', 'broken'],
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      }),
      expect.objectContaining({
        message: 'somebody was faster',
        path: ['user', 'refused'],
        extensions: { code: 'CONFLICT', version: 3 },
      }),
    ]);
    expect(JSON.stringify(body)).not.toContain('10.0.0.7');
    expect(logged.join('')).toContain('10.0.0.7');
  });
});

describe('how long an answer may be kept', () => {
  const byId = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id name broken } } }';

  it('is what the SDL says of all that was asked for', async () => {
    const kept = await ask(entities.replace('email', ''), { body: references('1') });
    const asked = await ask('{ caller }');

    expect(kept.cacheControl).toBe('max-age=9, public');
    expect(asked.cacheControl).toBe('no-cache');
  });

  it('is not at all with an error in it, and not said of what writes or was refused', async () => {
    const faulty = await ask(byId, { body: references('1') });
    const written = await ask('mutation { rename(id: "1", name: "x") { id } }');
    const refused = await ask('{ nothing }');

    expect(faulty.cacheControl).toBe('no-cache');
    expect([written.cacheControl, refused.cacheControl]).toEqual([null, null]);
  });
});

describe('who may ask a subgraph', () => {
  it('refuses requests without a good token, whatever identity their headers claim', async () => {
    const headers = { 'content-type': 'application/json', 'x-user-id': '1', authorization: 'Bearer forged' };

    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query: '{ caller }' }),
    });

    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject(code('UNAUTHENTICATED'));
  });

  it('refuses a token that was meant for another service', async () => {
    const token = await tokens.mint({ audience: 'orders', caller: ada, purpose: 'query' });

    const answer = await ask('{ caller }', { headers: { authorization: `Bearer ${token}` } });

    expect(answer.status).toBe(401);
  });

  it.each<[Purpose, string]>([
    ['query', '{ _service { sdl } }'],
    ['query', '{ ...Sdl } fragment Sdl on Query { _service { sdl } }'],
    ['query', 'subscription { orderCreated { cursor } }'],
    ['compose', '{ caller }'],
    ['compose', '{ _service { sdl } caller }'],
    ['compose', 'mutation { rename(id: 1, name: "x") { id } }'],
    ['event', '{ caller }'],
    ['event', 'mutation { rename(id: 1, name: "x") { id } }'],
  ])('refuses with a token of the purpose %s: %s', async (purpose, query) => {
    const answer = await ask(query, { purpose });

    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject(code('FORBIDDEN'));
  });

  it('gives its SDL to the composer as it was written', async () => {
    const { body } = await ask('{ _service { sdl } }', { purpose: 'compose', caller: anonymous });

    expect(body).toEqual({ data: { _service: { sdl } } });
    expect(sdlHash).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('an event', () => {
  const event = orderCreated.create({
    id: 'e1',
    source: 'orders',
    subject: '77',
    time: new Date(),
    audience: ['1'],
    data: {
      orderId: '77',
      buyerId: '1',
      lines: [{ productId: '1', quantity: 1, unitPrice: { amountMinor: 100, currency: 'EUR' } }],
      total: { amountMinor: 100, currency: 'EUR' },
      placedAt: new Date().toISOString(),
    },
  });
  const query = 'subscription { orderCreated { cursor orderId } }';

  it('is resolved as the root value of the subscription', async () => {
    const { body } = await ask(query, { purpose: 'event', body: { extensions: { event: { event, cursor: '5-0' } } } });

    expect(body).toEqual({ data: { orderCreated: { cursor: '5-0', orderId: '77' } } });
  });

  it.each([{}, { event: {} }, { event: { cursor: '1', event: { id: 'x' } } }])(
    'is refused when it is none: %j',
    async (extensions) => {
      const answer = await ask(query, { purpose: 'event', body: { extensions } });

      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject(code('BAD_USER_INPUT'));
    },
  );
});

describe('a request that cannot be executed', () => {
  it.each<[string, string, number, object]>([
    ['GRAPHQL_PARSE_FAILED', '{ user(', 400, {}],
    ['GRAPHQL_VALIDATION_FAILED', '{ usr }', 400, {}],
    ['GRAPHQL_VALIDATION_FAILED', '{ __schema { __typename } }', 400, {}],
    ['OPERATION_RESOLUTION_FAILURE', 'query A { caller }', 400, { operationName: 'B' }],
    ['OPERATION_RESOLUTION_FAILURE', 'query A { caller } query B { caller }', 400, {}],
    ['BAD_USER_INPUT', '', 400, {}],
    ['BAD_USER_INPUT', '{ caller }', 400, { variables: [1] }],
    ['BAD_USER_INPUT', '{ caller }', 400, { operationName: 5 }],
    ['BAD_USER_INPUT', 'query ($count: Int!) { first(count: $count) }', 200, { variables: { count: 'x' } }],
  ])('is answered with %s: %s', async (expected, query, status, body) => {
    const answer = await ask(query, { body });

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(code(expected));
    expect(JSON.stringify(answer.body)).not.toContain('Did you mean');
  });

  it.each<[string, number, string, string]>([
    ['{"query":', 400, 'application/json', 'BAD_USER_INPUT'],
    ['[]', 400, 'application/json', 'BAD_USER_INPUT'],
    ['null', 400, 'application/json', 'BAD_USER_INPUT'],
    ['query=1', 415, 'application/x-www-form-urlencoded', 'UNSUPPORTED_MEDIA_TYPE'],
    [`"${'x'.repeat(1024 * 1024)}"`, 413, 'application/json', 'PAYLOAD_TOO_LARGE'],
  ])('has a body that is not one: %.12s', async (body, status, type, expected) => {
    const token = await tokens.mint({ audience: 'users', caller: ada, purpose: 'query' });
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };

    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(code(expected));
  });
});

describe('the end of a request', () => {
  it('comes when the other side goes away, and the resolvers are told', async () => {
    const token = await tokens.mint({ audience: 'users', caller: ada, purpose: 'query' });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const running = nextWait();
    const request = httpRequest(`${url}/graphql`, { method: 'POST', headers });
    request.on('error', () => undefined);
    request.end(JSON.stringify({ query: '{ wait }' }));
    const signal = await running;

    request.destroy();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));

    expect(signal.reason).toMatchObject({ message: 'the other side went away' });
  });

  it('comes when its deadline is over, and the resolvers are told', async () => {
    const running = nextWait();

    const answer = await ask('{ wait }', { headers: { 'x-deadline-ms': '30' } });

    expect(answer.status).toBe(504);
    expect(answer.body).toMatchObject(code('DEADLINE_EXCEEDED'));
    expect((await running).reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});
