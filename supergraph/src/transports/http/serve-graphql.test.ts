import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { buildSchema } from 'graphql';
import type { OperationRequest } from '../../engine/engine.ts';
import { serveGraphql } from './serve-graphql.ts';
import { createLocalGateway, tokens } from './testing/local-gateway.ts';
import type { LocalGatewayOptions } from './testing/local-gateway.ts';

const schema = buildSchema(`
  type Query { greeting(name: String): String, whoami: String, broken: String, wait: String }
  type Mutation { count: Int }
  type Subscription { ticks: Int }
`);
const root = {
  greeting: ({ name }: { name?: string }) => `Hello ${name ?? 'you'}`,
  whoami: (_: unknown, { caller }: OperationRequest) => (caller.kind === 'user' ? caller.userId : 'nobody'),
  broken: () => {
    throw new Error('SELECT secret FROM vault');
  },
  wait: (_: unknown, { signal }: OperationRequest) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  count: () => 1,
};
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start({ isServing = true, ...options }: LocalGatewayOptions & { isServing?: boolean } = {}) {
  const gateway = createLocalGateway(options);
  const shown = !options.isProduction;
  const graphql = await serveGraphql(gateway.server, gateway.deps, { introspection: shown, suggestions: shown, maxTokens: 1_000 });
  if (isServing) gateway.engine.serve(schema, root);
  const { url } = await gateway.start();
  closers.push(() => gateway.server.close(), () => graphql.close());
  const post = (query: unknown, { headers = {}, signal, variables }: { headers?: Record<string, string>; signal?: AbortSignal; variables?: object } = {}) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof query === 'string' ? JSON.stringify({ query, variables }) : String(query),
      ...(signal ? { signal } : {}),
    });
  return { ...gateway, url, post };
}

describe('GraphQL over HTTP', () => {
  it('answers 503 with a code until there is a graph, and serves it without a restart', async () => {
    const { post, engine } = await start({ isServing: false });
    const early = await post('{ greeting }');

    engine.serve(schema, root);
    const late = await post('{ greeting }');

    expect(early.status).toBe(503);
    expect(early.headers.get('retry-after')).toBe('1');
    await expect(early.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'GRAPH_NOT_READY' } }] });
    await expect(late.json()).resolves.toEqual({ data: { greeting: 'Hello you' } });
  });

  it('serves a new graph from the next request on', async () => {
    const { post, engine } = await start();
    await post('{ greeting }');

    engine.serve(buildSchema('type Query { farewell: String }'), { farewell: 'Bye' });

    await expect((await post('{ farewell }')).json()).resolves.toEqual({ data: { farewell: 'Bye' } });
    expect((await post('{ greeting }')).status).toBe(400);
  });

  it('hands the engine a parsed document and who calls, and none of the headers', async () => {
    const { post, engine } = await start();
    const headers = { 'authorization': tokens.ada, 'x-user-id': '666', 'x-client-address': '6.6.6.6', 'x-forwarded-for': '6.6.6.6' };

    const response = await post('query Who($name: String) { whoami greeting(name: $name) }', { headers, variables: { name: 'Ada' } });

    await expect(response.json()).resolves.toEqual({ data: { whoami: '1', greeting: 'Hello Ada' } });
    expect(JSON.stringify(engine.requests)).not.toMatch(/666|6\.6\.6\.6/);
    expect(engine.requests[0]).toMatchObject({ clientAddress: '127.0.0.1', document: { kind: 'Document' } });
  });

  it('answers a bad token with 401 and a challenge, not as anonymous', async () => {
    const response = await (await start()).post('{ whoami }', { headers: { authorization: 'Bearer forged' } });

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    await expect(response.json()).resolves.toEqual({
      errors: [{ message: 'The access token is not valid.', extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  it('reports every fault of a document at once, with the media type that was asked for', async () => {
    const response = await (await start()).post('{ nothing never }', { headers: { accept: 'application/graphql-response+json' } });

    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
    await expect(response.json()).resolves.toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
  });

  it('refuses a document beyond the limits before the engine sees it', async () => {
    const { post, engine } = await start();

    const response = await post(`{ ${Array.from({ length: 21 }, (_, index) => `a${index}: greeting`).join(' ')} }`);

    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'OPERATION_TOO_LARGE', limit: 'rootFields' } }] });
    expect(engine.requests).toHaveLength(0);
  });

  it('charges each root field and answers 429 with the time to wait', async () => {
    const { post } = await start({ burst: 5 });

    const first = await post('{ a: greeting b: greeting c: greeting d: greeting }');
    const second = await post('{ a: greeting b: greeting }');

    expect(first.headers.get('ratelimit-policy')).toBe('"default";q=5;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"default";r=1;t=\d+$/);
    expect(second.status).toBe(429);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    await expect(second.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
  });

  it.each([
    ['no JSON', '{"query":', 400],
    ['a batch', '[{"query":"{ greeting }"}]', 400],
    ['no query', '{"variables":{}}', 400],
    ['a body of more than 100 KB', JSON.stringify({ query: `# ${'x'.repeat(103_000)}` }), 413],
  ] as const)('refuses %s with GraphQL errors', async (_what, body, status) => {
    const { url } = await start();

    const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

    expect(response.status).toBe(status);
    expect(await response.json()).toHaveProperty(['errors', '0', 'extensions', 'code'], 'BAD_REQUEST');
  });

  it('answers GET for queries, refuses it for mutations and for requests that a form could send', async () => {
    const { url } = await start();
    const get = (query: string, headers = {}) => fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, { headers });

    await expect((await get('{ greeting }', { 'apollo-require-preflight': '1' })).json()).resolves.toEqual({ data: { greeting: 'Hello you' } });
    expect((await get('mutation { count }', { 'apollo-require-preflight': '1' })).status).toBe(405);
    expect((await get('{ greeting }')).status).toBe(400);
  });

  it('tells a subscription to come over the websocket', async () => {
    const response = await (await start()).post('subscription { ticks }');

    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'SUBSCRIPTION_NEEDS_STREAM' } }] });
  });

  it('shows no schema, suggestion or stack in production', async () => {
    const { post } = await start({ isProduction: true });

    const text = await (await post('{ greetin }')).text();
    const introspection = await post('{ __schema { types { name } } }');
    const broken = await (await post('{ broken }')).text();

    expect(text).not.toMatch(/Did you mean|greeting/);
    expect(introspection.status).toBe(400);
    expect(broken).not.toMatch(/stack|node_modules/);
  });

  it('aborts the operation when the client leaves, and logs it so', async () => {
    const { post, engine, logged } = await start();
    const leaving = new AbortController();
    const answer = post('query Slow { wait }', { signal: leaving.signal }).catch((fault: unknown) => fault);
    const request = await until(() => engine.requests[0]);

    leaving.abort();
    await answer;

    await until(() => request.signal.aborted);
    await until(() => logged.some(({ outcome, operationName }) => outcome === 'aborted' && operationName === 'Slow'));
  });

  it('logs one line for each operation, with ids and codes and nothing that the client wrote', async () => {
    const { post, logged } = await start();
    const headers = { 'authorization': tokens.ada, 'x-request-id': 'abc-1', 'traceparent': `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };

    const response = await post('query Hello { greeting(name: "s3cret") }', { headers });
    await response.text();

    await until(() => logged.length > 0);
    expect(response.headers.get('x-request-id')).toBe('abc-1');
    expect(response.headers.get('traceparent')).toContain('a'.repeat(32));
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({
      requestId: 'abc-1',
      traceId: 'a'.repeat(32),
      operationName: 'Hello',
      operationType: 'query',
      caller: '1',
      status: 200,
      outcome: 'ok',
      errorCodes: [],
    });
    expect(JSON.stringify(logged)).not.toMatch(/s3cret|Bearer|ada/);
  });
});
