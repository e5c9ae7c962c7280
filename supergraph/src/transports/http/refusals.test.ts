import { afterEach, describe, expect, it } from '@jest/globals';
import { startGraphql } from './testing/start-graphql.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(options?: Parameters<typeof startGraphql>[0]) {
  const started = await startGraphql(options);
  closers.push(started.close);
  return started;
}

describe('GraphQL over HTTP, when a request is refused,', () => {
  it('answers a bad token with 401 and a challenge, not as anonymous', async () => {
    const response = await (await start()).post('{ whoami }', { headers: { authorization: 'Bearer forged' } });

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    await expect(response.json()).resolves.toEqual({
      errors: [{ message: 'The access token is not valid.', extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  it('reports every fault of a document at once, with the media type that was asked for', async () => {
    const response = await (
      await start()
    ).post('{ nothing never }', { headers: { accept: 'application/graphql-response+json' } });

    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
    await expect(response.json()).resolves.toMatchObject({
      errors: [
        { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
        { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
      ],
    });
  });

  it('refuses a document beyond the limits before the engine sees it', async () => {
    const { post, engine } = await start();

    const response = await post(`{ ${Array.from({ length: 21 }, (_, index) => `a${index}: greeting`).join(' ')} }`);

    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({
      errors: [{ extensions: { code: 'OPERATION_TOO_LARGE', limit: 'rootFields' } }],
    });
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

    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });

    expect(response.status).toBe(status);
    expect(await response.json()).toHaveProperty(['errors', '0', 'extensions', 'code'], 'BAD_REQUEST');
  });

  it('answers GET for queries, refuses it for mutations and for requests that a form could send', async () => {
    const { url } = await start();
    const get = (query: string, headers = {}) =>
      fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, { headers });

    await expect((await get('{ greeting }', { 'apollo-require-preflight': '1' })).json()).resolves.toEqual({
      data: { greeting: 'Hello you' },
    });
    expect((await get('mutation { count }', { 'apollo-require-preflight': '1' })).status).toBe(405);
    expect((await get('{ greeting }')).status).toBe(400);
  });

  it('tells a subscription to come over the websocket', async () => {
    const response = await (await start()).post('subscription { ticks }');

    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({
      errors: [{ extensions: { code: 'SUBSCRIPTION_NEEDS_STREAM' } }],
    });
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
});
