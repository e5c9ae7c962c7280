import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { openLibraryClient } from '../testing/library-client.ts';

let closing: Awaited<ReturnType<typeof openLibraryClient>> | undefined;
afterEach(() => closing?.close());

const start = async () => (closing = await openLibraryClient());

const query = 'query Later { book(id: 1) { title ... @defer(label: "said") { rating } } }';

describe('@defer on a websocket', () => {
  it('gives each part as a message of its own, the first while the other is held back', async () => {
    const { library, client, operations } = await start();
    const reviews = library.hold('reviews');

    const messages = client.iterate({ query });
    const first = await messages.next();
    reviews.release();
    const second = await messages.next();
    const end = await messages.next();

    expect(first.value).toEqual({ data: { book: { title: 'Emma' } }, hasNext: true });
    expect(second.value).toEqual({
      incremental: [{ data: { rating: 5 }, path: ['book'], label: 'said' }],
      hasNext: false,
    });
    expect(end.done).toBe(true);
    expect(operations).toMatchObject([{ operationName: 'Later', results: 2, errorCodes: [] }]);
  });

  it('tells errors within their part, and the log of their codes', async () => {
    const { library, client, operations } = await start();
    library.intercept = ({ subgraph }) => (subgraph === 'reviews' ? Promise.reject(new Error('down')) : undefined);

    const messages: unknown[] = [];
    for await (const message of client.iterate({ query })) messages.push(message);

    expect(messages.at(-1)).toMatchObject({
      incremental: [{ data: null, path: ['book'], errors: [{ path: ['book', 'rating'] }] }],
      hasNext: false,
    });
    expect(operations).toMatchObject([{ errorCodes: ['SUBGRAPH_UNAVAILABLE'] }]);
  });

  it('gives up what is left when the client completes the operation', async () => {
    const { library, client, operations } = await start();
    const reviews = library.hold('reviews');
    const messages = client.iterate({ query });
    await messages.next();
    await reviews.asked;

    await messages.return?.();

    expect(await until(() => library.signals.at(-1)?.aborted)).toBe(true);
    await until(() => operations.length > 0);
  });
});
