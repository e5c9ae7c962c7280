import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { aUser } from '../testing/test-graph.ts';
import { inParts, type Library, nextOf, plain, restOf, startLibrary } from './testing/library.ts';

let library: Library;

beforeEach(async () => {
  library = await startLibrary();
});
afterEach(() => library.close());

const partsOf = async (source: string, rest?: Parameters<Library['ask']>[1]) => {
  const answer = inParts(await library.ask(source, rest));
  const parts = await restOf(answer);
  expect(parts.at(-1)?.hasNext).toBe(false);
  return { initial: plain(answer.initial), parts: parts.flatMap(({ incremental = [] }) => incremental) };
};

describe('a fault in a deferred part', () => {
  it('nulls that part alone, where no null is allowed', async () => {
    const { initial, parts } = await partsOf('{ books { title ... @defer { rating } } }');

    expect(initial).toEqual({ data: { books: [{ title: 'Emma' }, { title: 'Persuasion' }] }, hasNext: true });
    expect(parts).toEqual([
      { path: ['books', 0], data: { rating: 5 } },
      { path: ['books', 1], data: null, errors: [expect.objectContaining({ path: ['books', 1, 'rating'] })] },
    ]);
  });

  it('is told there when its field was fetched with the first part', async () => {
    library.intercept = ({ subgraph }) =>
      subgraph === 'books'
        ? {
            data: { book: { __typename: 'Book', id: '1', size: { height: 18, width: null } } },
            errors: [{ message: 'no ruler', path: ['book', 'size', 'width'], extensions: { code: 'NO_RULER' } }],
          }
        : undefined;

    const { initial, parts } = await partsOf('{ book(id: 1) { size { height ... @defer { width } } } }');

    expect(initial).toEqual({ data: { book: { size: { height: 18 } } }, hasNext: true });
    expect(parts).toEqual([
      {
        path: ['book', 'size'],
        data: { width: null },
        errors: [{ message: 'no ruler', path: ['book', 'size', 'width'], extensions: { code: 'NO_RULER' } }],
      },
    ]);
  });

  it('is told with the first part when it has taken the object of the other', async () => {
    const { initial, parts } = await partsOf('{ books { title size { width ... @defer { height } } } }');

    expect(initial).toMatchObject({
      data: { books: [{ size: { width: 11 } }, { size: null }] },
      errors: [{ path: ['books', 1, 'size', 'height'] }],
    });
    expect(parts).toEqual([{ path: ['books', 0, 'size'], data: { height: 18 } }]);
  });

  it('is an error for each place when the subgraph cannot answer', async () => {
    library.intercept = ({ subgraph }) => (subgraph === 'reviews' ? Promise.reject(new Error('down')) : undefined);

    const { initial, parts } = await partsOf('{ books { id ... @defer { reviews { text author { name } } } } }');

    expect(initial).toEqual({ data: { books: [{ id: '1' }, { id: '2' }] }, hasNext: true });
    expect(parts).toEqual(
      [0, 1].map((at) => ({
        path: ['books', at],
        data: { reviews: null },
        errors: [
          {
            message: 'A part of the graph cannot answer at the moment',
            path: ['books', at, 'reviews'],
            extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
          },
        ],
      })),
    );
  });

  it('explains what is missing in the parts inside', async () => {
    library.intercept = ({ subgraph }) => (subgraph === 'readers' ? Promise.reject(new Error('down')) : undefined);
    const source = '{ book(id: 1) { id ... @defer { reviews { text ... @defer { author { name } } } } } }';

    const { parts } = await partsOf(source);

    expect(parts).toMatchObject([
      { path: ['book'], data: { reviews: [{ text: 'of 1' }] } },
      {
        path: ['book', 'reviews', 0],
        data: { author: { name: null } },
        errors: [{ path: ['book', 'reviews', 0, 'author', 'name'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
      },
    ]);
  });
});

describe('a field that the caller may not see, in a deferred part,', () => {
  const source = '{ books { title ... @defer { rating secret } } motto }';
  const denied = (at: number) => ({
    message: 'Unauthorized field or type',
    path: ['books', at, 'secret'],
    extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
  });

  it('is null with an error in that part', async () => {
    const { initial, parts } = await partsOf(source);

    expect(initial).not.toHaveProperty('errors');
    expect(parts).toMatchObject([
      { path: ['books', 0], data: { rating: 5, secret: null }, errors: [denied(0)] },
      { path: ['books', 1], data: null, errors: expect.arrayContaining([denied(1)]) },
    ]);
  });

  it('costs no request, and comes to those who may', async () => {
    const alone = '{ books { title ... @defer { secret } } }';
    const { parts } = await partsOf(alone);
    const subgraphs = library.asked.map(({ subgraph }) => subgraph);

    const { parts: seen } = await partsOf(alone, { caller: aUser() });

    expect(parts).toMatchObject([{ errors: [denied(0)] }, { errors: [denied(1)] }]);
    expect(subgraphs).toEqual(['books']);
    expect(seen).toEqual([0, 1].map((at) => ({ path: ['books', at], data: { secret: 'psst' } })));
  });
});

describe('what still runs of an answer in parts', () => {
  const source = '{ book(id: 1) { title ... @defer { rating } } }';

  it.each([
    ['the client has gone', ({ leave }: { leave: () => void }) => leave()],
    ['nobody reads on', ({ stop }: { stop: () => Promise<unknown> }) => void stop()],
  ])('is given up when %s', async (_, giveUp) => {
    const reviews = library.hold('reviews');
    const client = new AbortController();
    const answer = inParts(await library.ask(source, { signal: client.signal }));
    const pending = answer.subsequent.next();
    await reviews.asked;

    giveUp({ leave: () => client.abort(), stop: () => answer.subsequent.return() });

    expect(await until(() => library.signals.at(-1)?.aborted)).toBe(true);
    await pending;
  });

  it('is given up when no part is left that it is for', async () => {
    const motto = library.hold('books', 'noBooks');
    const reviews = library.hold('reviews');
    const asked = library.ask('{ noBooks { id } ... @defer { latest { text } } }');
    await reviews.asked;
    motto.release({ data: null, errors: [{ message: 'broken', path: ['noBooks'] }] });

    expect(plain(await asked)).toMatchObject({ data: null });
    expect(await until(() => library.signals.at(-1)?.aborted)).toBe(true);
  });

  it('shares the time of the whole request', async () => {
    await library.close();
    library = await startLibrary({ requestTimeoutMs: 300 });
    library.hold('reviews');

    const { initial, parts } = await partsOf(source);

    expect(initial).toEqual({ data: { book: { title: 'Emma' } }, hasNext: true });
    expect(parts).toMatchObject([
      { path: ['book'], data: null, errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }] },
    ]);
  });

  it('keeps its graph until the last part', async () => {
    const reviews = library.hold('reviews');
    const answer = inParts(await library.ask(source));
    const order: string[] = [];

    const closed = library.engine.close().then(() => order.push('closed'));
    const part = nextOf(answer).then(() => order.push('part'));
    reviews.release();
    await Promise.all([closed, part]);

    expect(order).toEqual(['part', 'closed']);
  });
});
