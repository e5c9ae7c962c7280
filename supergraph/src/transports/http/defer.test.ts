import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { meros } from 'meros/browser';
import { startLibrary } from '../../engine/defer/testing/library.ts';
import { startGraphql } from './testing/start-graphql.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The library behind the HTTP front. */
async function start(options: Parameters<typeof startGraphql>[0] = {}) {
  const library = await startLibrary();
  closers.push(() => library.close());
  const graphql = await startGraphql({ ...options, executing: library.engine });
  closers.push(() => graphql.close());
  return { library, ...graphql };
}

/** What Apollo Client 3 and 4 send. */
const accept = 'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9';
const source = 'query Later { book(id: 1) { title ... @defer(label: "said") { rating } } }';

async function partsOf(response: Response): Promise<AsyncGenerator<{ body: unknown }, void>> {
  const parts = await meros(response);
  if (parts instanceof Response) throw new Error(`the answer has no parts: ${await parts.text()}`);
  return parts as AsyncGenerator<{ body: unknown }, void>;
}

describe('@defer over HTTP', () => {
  it('sends the first part while the other is held back', async () => {
    const { library, post } = await start();
    const reviews = library.hold('reviews');

    const response = await post(source, { headers: { accept } });
    const parts = await partsOf(response);
    const first = await parts.next();
    reviews.release();
    const second = await parts.next();

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('multipart/mixed; boundary="-"; deferSpec=20220824');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(first.value).toMatchObject({ json: true, body: { data: { book: { title: 'Emma' } }, hasNext: true } });
    expect(second.value).toMatchObject({
      body: { incremental: [{ data: { rating: 5 }, path: ['book'], label: 'said' }], hasNext: false },
    });
    await expect(parts.next()).resolves.toMatchObject({ done: true });
  });

  it('ends with the closing boundary', async () => {
    const { post } = await start();

    const text = await (await post(source, { headers: { accept: 'multipart/mixed; deferSpec=20220824' } })).text();

    expect(text).toMatch(/^\r\n---\r\ncontent-type: application\/json; charset=utf-8\r\n\r\n\{/);
    expect(text).toMatch(/"hasNext":false\}\r\n-----\r\n$/);
  });

  it('refuses a client that takes no parts with 406, and executes nothing', async () => {
    const { library, post } = await start();

    const answers = await Promise.all(
      ['application/json', '*/*', 'multipart/mixed', 'multipart/mixed; incrementalSpec=v0.2'].map((type) =>
        post(source, { headers: { accept: type } }),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual([406, 406, 406, 406]);
    await expect(answers[0]?.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(library.asked).toEqual([]);
  });

  it('answers anybody who switches it off, as a whole', async () => {
    const { post } = await start();
    const switched = 'query Q($on: Boolean!) { motto ... @defer(if: $on) { book(id: 1) { rating } } }';

    const response = await post(switched, { variables: { on: false } });

    await expect(response.json()).resolves.toEqual({ data: { motto: 'sapere aude', book: { rating: 5 } } });
  });

  it('answers as a whole what has nothing to defer, and executes it once', async () => {
    const { library, post } = await start();

    const response = await post('{ noBooks { id ... @defer { rating } } }', { headers: { accept } });

    expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
    await expect(response.json()).resolves.toEqual({ data: { noBooks: [] } });
    expect(library.asked).toHaveLength(1);
  });

  it('tells the operation’s one log line about faults of all parts', async () => {
    const { library, post, logged } = await start();
    library.intercept = ({ subgraph }) => (subgraph === 'reviews' ? Promise.reject(new Error('down')) : undefined);

    await (await post(source, { headers: { accept } })).text();

    await until(() => logged.some(({ operationName }) => operationName === 'Later'));
    expect(logged.filter(({ operationName }) => operationName === 'Later')).toMatchObject([
      { status: 200, outcome: 'errors', errorCodes: ['SUBGRAPH_UNAVAILABLE'] },
    ]);
  });

  it('gives up what is left when the client leaves', async () => {
    const { library, post, logged } = await start();
    const reviews = library.hold('reviews');
    const leaving = new AbortController();
    const parts = await partsOf(await post(source, { headers: { accept }, signal: leaving.signal }));
    await parts.next();
    await reviews.asked;

    leaving.abort();

    expect(await until(() => library.signals.at(-1)?.aborted)).toBe(true);
    await until(() => logged.some(({ operationName, outcome }) => operationName === 'Later' && outcome === 'aborted'));
  });

  it('is heard by plugins at every stage', async () => {
    const heard: string[] = [];
    const { library, post } = await start({
      plugins: [
        {
          requestDidStart: async () => ({
            executionDidStart: async () => {
              heard.push('executionDidStart');
              return { executionDidEnd: async () => void heard.push('executionDidEnd') };
            },
            willSendResponse: async ({ response }) => void heard.push(`willSendResponse ${response.body.kind}`),
            didEncounterSubsequentErrors: async (_, errors) =>
              void heard.push(`didEncounterSubsequentErrors ${String(errors[0]?.extensions['code'])}`),
            willSendSubsequentPayload: async (_, { hasNext }) =>
              void heard.push(`willSendSubsequentPayload ${hasNext}`),
          }),
        },
      ],
    });
    library.intercept = ({ subgraph }) => (subgraph === 'reviews' ? Promise.reject(new Error('down')) : undefined);

    await (await post(source, { headers: { accept } })).text();

    expect(heard).toEqual([
      'executionDidStart',
      'executionDidEnd',
      'willSendResponse incremental',
      'didEncounterSubsequentErrors SUBGRAPH_UNAVAILABLE',
      'willSendSubsequentPayload false',
    ]);
  });

  it.each([
    ['is not a literal', 'query ($l: String) { ... @defer(label: $l) { motto } }', /literal/],
    [
      'names two parts',
      '{ ... @defer(label: "l") { motto } book(id: 1) { ... @defer(label: "l") { id } } }',
      /only one/,
    ],
  ])('refuses a label that %s', async (_, query, message) => {
    const { post } = await start();

    const response = await post(query, { headers: { accept } });

    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({
      errors: [{ message: expect.stringMatching(message), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
  });

  it('counts what stands under it towards the limits', async () => {
    const { library, post } = await start();
    const many = Array.from({ length: 25 }, (_, at) => `a${at}: motto`).join(' ');

    const response = await post(`{ ... @defer { ${many} } }`, { headers: { accept } });

    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'OPERATION_TOO_LARGE' } }] });
    expect(library.asked).toEqual([]);
  });
});
