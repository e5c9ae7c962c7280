import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-sse';
import { startLibrary } from '../../engine/defer/testing/library.ts';
import { serveGraphql } from '../http/serve-graphql.ts';
import { openLiveGateway } from '../testing/live-gateway.ts';
import { serveEventStream } from './serve-event-stream.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The library behind event streams, and a client of them. */
async function start(singleConnection: boolean) {
  const library = await startLibrary();
  closers.push(() => library.close());
  const gateway = await openLiveGateway({ executing: library.engine });
  serveEventStream(gateway.server, gateway.deps, { maxOperations: 3 });
  const graphql = await serveGraphql(gateway.server, gateway.deps, {
    introspection: true,
    suggestions: true,
    maxTokens: 1_000,
  });
  const { url } = await gateway.start();
  closers.push(async () => {
    await gateway.deps.openStreams.close();
    await gateway.close();
    await graphql.close();
  });
  const client = createClient({
    url: singleConnection ? `${url}/graphql/stream` : `${url}/graphql`,
    headers: { authorization: 'Bearer ada' },
    retryAttempts: 0,
    singleConnection,
  } as Parameters<typeof createClient>[0]);
  closers.push(() => client.dispose());
  return { library, client };
}

describe('@defer over server-sent events', () => {
  it.each([
    ['a stream of its own', false],
    ['a stream that operations share', true],
  ])('gives each part as an event, the first while the other is held back: on %s', async (_, isShared) => {
    const { library, client } = await start(isShared);
    const reviews = library.hold('reviews');

    const events = client.iterate({ query: '{ book(id: 1) { title ... @defer(label: "said") { rating } } }' });
    const first = await events.next();
    reviews.release();
    const second = await events.next();
    const end = await events.next();

    expect(first.value).toEqual({ data: { book: { title: 'Emma' } }, hasNext: true });
    expect(second.value).toEqual({
      incremental: [{ data: { rating: 5 }, path: ['book'], label: 'said' }],
      hasNext: false,
    });
    expect(end.done).toBe(true);
  });
});
