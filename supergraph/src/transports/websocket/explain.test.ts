import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startLibrary } from '../../engine/defer/testing/library.ts';
import { openLiveGateway } from '../testing/live-gateway.ts';
import { serveWebsocket } from './serve-websocket.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A client of the library behind the websocket. */
async function start({ mayExplain }: { readonly mayExplain: boolean }) {
  const library = await startLibrary({ mayExplain: () => mayExplain });
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
  return client;
}

const query = 'query Later { book(id: 1) { title ... @defer { rating } } }';

describe('extensions.explain on a websocket', () => {
  it('comes with the answer, which then is one message even when parts of it were deferred', async () => {
    const client = await start({ mayExplain: true });

    const messages = client.iterate({ query, extensions: { explain: true } });
    const { value } = await messages.next();
    const end = await messages.next();

    expect(value).toMatchObject({
      data: { book: { title: 'Emma', rating: 5 } },
      extensions: { explain: { operation: { name: 'Later' }, plan: { steps: expect.anything() } } },
    });
    expect(end.done).toBe(true);
  });

  it('says why not to whoever may not have it, and answers all the same', async () => {
    const client = await start({ mayExplain: false });

    const { value } = await client
      .iterate({ query: '{ book(id: 1) { title } }', extensions: { explain: true } })
      .next();

    expect(value).toEqual({
      data: { book: { title: 'Emma' } },
      extensions: { explain: { error: { code: 'FORBIDDEN', message: expect.any(String) } } },
    });
  });
});
