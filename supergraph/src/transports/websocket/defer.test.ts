import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startLibrary } from '../../engine/defer/testing/library.ts';
import { openLiveGateway } from '../testing/live-gateway.ts';
import { serveWebsocket } from './serve-websocket.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The library behind the websocket, and a client of it. */
async function start() {
  const library = await startLibrary();
  closers.push(() => library.close());
  const gateway = await openLiveGateway({ executing: library.engine });
  const websocket = serveWebsocket(gateway.server.server, gateway.deps, { closeWithinMs: 0 });
  const { url } = await gateway.start();
  closers.push(async () => {
    await websocket.close();
    await gateway.close();
  });
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  closers.push(() => client.dispose());
  return { library, client, operations: gateway.operations };
}

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
