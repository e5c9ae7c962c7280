import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { buildSchema } from 'graphql';
import { tokens } from './testing/local-gateway.ts';
import { root, schema, startGraphql } from './testing/start-graphql.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(options?: Parameters<typeof startGraphql>[0]) {
  const started = await startGraphql(options);
  closers.push(started.close);
  return started;
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
    const headers = {
      authorization: tokens.ada,
      'x-user-id': '666',
      'x-client-address': '6.6.6.6',
      'x-forwarded-for': '6.6.6.6',
    };

    const response = await post('query Who($name: String) { whoami greeting(name: $name) }', {
      headers,
      variables: { name: 'Ada' },
    });

    await expect(response.json()).resolves.toEqual({ data: { whoami: '1', greeting: 'Hello Ada' } });
    expect(JSON.stringify(engine.requests)).not.toMatch(/666|6\.6\.6\.6/);
    expect(engine.requests[0]).toMatchObject({ clientAddress: '127.0.0.1', document: { kind: 'Document' } });
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
    const headers = {
      authorization: tokens.ada,
      'x-request-id': 'abc-1',
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    };

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
