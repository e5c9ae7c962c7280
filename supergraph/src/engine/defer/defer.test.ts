import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aRequest } from '../testing/test-graph.ts';
import { encodePart } from './incremental-result.ts';
import { inParts, type Library, nextOf, plain, restOf, startLibrary } from './testing/library.ts';

let library: Library;

beforeEach(async () => {
  library = await startLibrary();
});
afterEach(() => library.close());

describe('an answer in parts', () => {
  it('begins before a deferred fetch has answered', async () => {
    const reviews = library.hold('reviews');

    const answer = inParts(await library.ask('{ books { title ... @defer(label: "said") { reviews { text } } } }'));
    await reviews.asked;
    const next = nextOf(answer);
    reviews.release();

    expect(plain(answer.initial)).toEqual({
      data: { books: [{ title: 'Emma' }, { title: 'Persuasion' }] },
      hasNext: true,
    });
    await expect(next).resolves.toEqual({
      incremental: [
        { label: 'said', path: ['books', 0], data: { reviews: [{ text: 'of 1' }] } },
        { label: 'said', path: ['books', 1], data: { reviews: [{ text: 'of 2' }] } },
      ],
      hasNext: false,
    });
  });

  it('runs a part as soon as what it depends on is there, while the first part still runs', async () => {
    const readers = library.hold('readers');

    const answer = library.ask('{ latest { author { name } book { ... @defer { title } } } }');
    await readers.asked;
    const books = library.asked.filter(({ subgraph }) => subgraph === 'books');
    readers.release();

    expect(books).toHaveLength(1);
    await expect(restOf(inParts(await answer))).resolves.toEqual([
      { incremental: [{ path: ['latest', 'book'], data: { title: 'Emma' } }], hasNext: false },
    ]);
  });

  it('gives the parts in the order in which they are ready', async () => {
    const [reviews, motto] = [library.hold('reviews'), library.hold('books', 'motto')];
    const answer = inParts(
      await library.ask('{ book(id: 1) { id ... @defer(label: "a") { rating } } ... @defer(label: "b") { motto } }'),
    );

    motto.release();
    const first = await nextOf(answer);
    reviews.release();
    const second = await nextOf(answer);

    expect(first).toEqual({ incremental: [{ label: 'b', path: [], data: { motto: 'sapere aude' } }], hasNext: true });
    expect(second).toEqual({ incremental: [{ label: 'a', path: ['book'], data: { rating: 5 } }], hasNext: false });
  });

  it('gives a part within a part after it, even when it is ready before', async () => {
    const source = `{ book(id: 1) { id ... @defer(label: "outer") { reviews { text ... @defer(label: "inner") { author { name } } } } } }`;

    const parts = (await restOf(inParts(await library.ask(source)))).flatMap(({ incremental = [] }) => incremental);

    expect(parts).toEqual([
      { label: 'outer', path: ['book'], data: { reviews: [{ text: 'of 1' }] } },
      { label: 'inner', path: ['book', 'reviews', 0], data: { author: { name: 'reader r1' } } },
    ]);
  });

  it('knows the parts of a fragment that is spread twice apart', async () => {
    const source = `{ one: book(id: 1) { ...B } two: book(id: 2) { ...B } }
      fragment B on Book { id ...T @defer(label: "t") } fragment T on Book { title }`;

    const parts = (await restOf(inParts(await library.ask(source)))).flatMap(({ incremental = [] }) => incremental);

    expect(parts).toEqual(
      expect.arrayContaining([
        { label: 't', path: ['one'], data: { title: 'Emma' } },
        { label: 't', path: ['two'], data: { title: 'Persuasion' } },
      ]),
    );
    expect(parts).toHaveLength(2);
  });

  it('shapes a part as it shapes anything: under the client’s names, in its order', async () => {
    const source = '{ book(id: 1) { ... @defer { said: reviews { by: author { id: name } } id: title __typename } } }';

    const answer = inParts(await library.ask(source));

    expect(plain(answer.initial)).toEqual({ data: { book: {} }, hasNext: true });
    expect((await restOf(answer)).map(encodePart)).toEqual([
      '{"incremental":[{"data":{"said":[{"by":{"id":"reader r1"}}],"id":"Emma","__typename":"Book"},"path":["book"]}],"hasNext":false}',
    ]);
  });

  it('is written as JSON text too', async () => {
    const answer = inParts(await library.ask('{ motto ... @defer(label: "l") { book(id: 1) { rating } } }'));

    expect(encodePart(answer.initial)).toBe('{"data":{"motto":"sapere aude"},"hasNext":true}');
    expect(encodePart((await answer.subsequent.next()).value ?? { hasNext: true })).toBe(
      '{"incremental":[{"data":{"book":{"rating":5}},"path":[],"label":"l"}],"hasNext":false}',
    );
  });

  it('reads what a mutation has written, and never defers what stands at its root', async () => {
    const source = 'mutation { ... @defer { count } addBook { id ... @defer { title reviews { text } } } }';

    const answer = inParts(await library.ask(source));

    expect(plain(answer.initial)).toEqual({ data: { count: 1, addBook: { id: '2' } }, hasNext: true });
    await expect(restOf(answer)).resolves.toEqual([
      {
        incremental: [{ path: ['addBook'], data: { title: 'Persuasion', reviews: [{ text: 'of 2' }] } }],
        hasNext: false,
      },
    ]);
  });
});

describe('an answer is whole', () => {
  const source = 'query Q($later: Boolean) { book(id: 1) { title ... @defer(if: $later) { rating } } }';
  const whole = { data: { book: { title: 'Emma', rating: 5 } } };

  it('when the condition of its @defer does not hold', async () => {
    expect(plain(await library.ask(source, { variables: { later: false } }))).toEqual(whole);
    expect(plain(inParts(await library.ask(source, { variables: { later: true } })).initial)).toMatchObject({
      hasNext: true,
    });
    expect(inParts(await library.ask(source)).initial.hasNext).toBe(true);
  });

  it('for who cannot take parts, and is planned so', async () => {
    const answer = await library.engine.execute(aRequest('{ book(id: 1) { title ... @defer { size { width } } } }'));

    expect(plain(answer)).toEqual({ data: { book: { title: 'Emma', size: { width: 11 } } } });
    expect(library.asked).toHaveLength(1);
  });

  it('when there is no object that a part could belong to', async () => {
    const answer = await library.ask('{ noBooks { id ... @defer { rating } } }');

    expect(plain(answer)).toEqual({ data: { noBooks: [] } });
  });

  it('when the planner cannot defer the part; the others still are', async () => {
    const source = `{
      ... @defer(label: "a") { latest { book { blurb } } }
      book(id: 1) { title ... @defer(label: "b") { rating } }
    }`;

    const answer = inParts(await library.ask(source));

    expect(plain(answer.initial.data)).toEqual({
      latest: { book: { blurb: 'Read Emma!' } },
      book: { title: 'Emma' },
    });
    await expect(restOf(answer)).resolves.toEqual([
      { incremental: [{ label: 'b', path: ['book'], data: { rating: 5 } }], hasNext: false },
    ]);
  });

  it('of the schema, which clients may ask for anywhere', async () => {
    const answer = await library.ask('{ ... @defer { __schema { directives { name } } } }');

    expect(JSON.stringify(answer)).toContain('{"name":"defer"}');
  });
});
