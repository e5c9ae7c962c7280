import { afterEach, describe, expect, it } from '@jest/globals';
import { openLibraryClient } from '../testing/library-client.ts';

let closing: Awaited<ReturnType<typeof openLibraryClient>> | undefined;
afterEach(() => closing?.close());

/** A client of the library, who may see explanations or not. */
async function start(mayExplain: boolean) {
  closing = await openLibraryClient({ mayExplain: () => mayExplain });
  return closing.client;
}

const query = 'query Later { book(id: 1) { title ... @defer { rating } } }';

describe('extensions.explain on a websocket', () => {
  it('comes with the answer, which then is one message even when parts of it were deferred', async () => {
    const client = await start(true);

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
    const client = await start(false);

    const { value } = await client
      .iterate({ query: '{ book(id: 1) { title } }', extensions: { explain: true } })
      .next();

    expect(value).toEqual({
      data: { book: { title: 'Emma' } },
      extensions: { explain: { error: { code: 'FORBIDDEN', message: expect.any(String) } } },
    });
  });
});
