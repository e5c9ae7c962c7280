import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type CursorValues, encodeCursor, type Page, readPage, toConnection } from './connection.ts';

const cursorOf = ({ id }: { id: string }) => encodeCursor([id]);
const rows = (...ids: string[]) => ids.map((id) => ({ id }));
const page = (limit: number, after: CursorValues | null = null): Page => ({ limit, after });

describe('a page', () => {
  it('has twenty rows from the beginning unless it is told otherwise', () => {
    expect(readPage({})).toEqual({ limit: 20, after: null });
    expect(readPage({ first: null, after: null })).toEqual({ limit: 20, after: null });
  });

  it('goes on after any cursor', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null));

    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (values) => {
        expect(readPage({ first: 5, after: encodeCursor(values) })).toEqual({ limit: 5, after: values });
      }),
    );
  });

  it.each([0, -1, 101, 1.5])('is refused with first %d', (first) => {
    expect(() => readPage({ first })).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', message: 'first must be 1 to 100' }),
    );
  });

  it.each([
    '',
    'x',
    'W10',
    'WzFd=',
    encodeCursor([]),
    Buffer.from('{"a":1}').toString('base64url'),
    Buffer.from('[{}]').toString('base64url'),
  ])('is refused with the cursor "%s"', (after) => {
    expect(() => readPage({ after })).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  it('can be limited further', () => {
    expect(readPage({}, { maxFirst: 10 }).limit).toBe(10);
    expect(() => readPage({ first: 11 }, { maxFirst: 10 })).toThrow('first must be 1 to 10');
  });
});

describe('a connection', () => {
  it('leaves the extra row out and says that there is more', () => {
    expect(toConnection(rows('1', '2', '3'), page(2), cursorOf)).toEqual({
      edges: [
        { cursor: encodeCursor(['1']), node: { id: '1' } },
        { cursor: encodeCursor(['2']), node: { id: '2' } },
      ],
      nodes: rows('1', '2'),
      pageInfo: {
        hasNextPage: true,
        hasPreviousPage: false,
        startCursor: encodeCursor(['1']),
        endCursor: encodeCursor(['2']),
      },
    });
  });

  it('ends with its last page', () => {
    expect(toConnection(rows('3'), page(2, ['2']), cursorOf).pageInfo).toMatchObject({
      hasNextPage: false,
      hasPreviousPage: true,
    });
  });

  it('can be empty', () => {
    expect(toConnection([], page(2), cursorOf)).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });
});
