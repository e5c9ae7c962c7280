import { describe, expect, it } from '@jest/globals';
import type { Texts } from './completion.ts';
import type { Identity } from './identity.ts';
import type { JsonObject } from './merge.ts';
import { compilePath, readPath } from './places.ts';
import { Walk } from './walk.ts';

const byId: Identity = { keyOf: ({ id }) => id, isSame: (one, other) => one['id'] === other['id'] };

function walk(path: readonly string[], data: JsonObject, shared = new Map<unknown, Texts>()) {
  const walk = new Walk(shared, byId);
  compilePath(readPath(path))(data, walk);
  return { found: walk.found, shared };
}

describe('a walk along a path', () => {
  it('puts one object in the place of those that are equal to it, and finds it once', () => {
    const data = { books: [{ id: 1, tags: ['a'] }, { id: 2 }, { id: 1, tags: ['a'] }] };

    const { found, shared } = walk(['books', '@'], data);

    expect(found).toEqual([{ id: 1, tags: ['a'] }, { id: 2 }]);
    expect(data.books[2]).toBe(data.books[0]);
    expect([...shared.keys()]).toEqual([data.books[0]]);
  });

  it.each([
    ['a value', { id: 1, place: 1 }, { id: 1, place: 2 }],
    ['a field that only one of them has', { id: 1 }, { id: 1, place: 2 }],
    ['an element of a list', { id: 1, tags: [{ at: 1 }] }, { id: 1, tags: [{ at: 2 }] }],
    ['the length of a list', { id: 1, tags: [1] }, { id: 1, tags: [1, 2] }],
    ['a list for an object', { id: 1, tags: [] }, { id: 1, tags: {} }],
  ])('keeps objects of one key apart that differ in %s', (_, one: JsonObject, other: JsonObject) => {
    const data = { books: [one, other] };

    const { found, shared } = walk(['books', '@'], data);

    expect(found).toEqual([one, other]);
    expect(data.books).toEqual([one, other]);
    expect(shared.size).toBe(0);
  });

  it('goes through a shared object once', () => {
    const author = () => ({ id: 1, posts: [{ id: 7 }] });
    const data = { authors: [author(), author()] };
    const { shared } = walk(['authors', '@'], data);

    const { found } = walk(['authors', '@', 'posts', '@'], data, shared);

    expect(found).toEqual([{ id: 7 }]);
  });

  it('leaves out nulls, and reads lists of lists', () => {
    const data = { rows: [[{ id: 1 }, null], null, [{ id: 2 }]] };

    const { found } = walk(['rows', '@'], data);

    expect(found).toEqual([{ id: 1 }, { id: 2 }]);
  });
});
