import { describe, expect, it } from '@jest/globals';
import { encodeCursor, readPage } from '@storefront/platform/graphql/connection.ts';
import * as fc from 'fast-check';
import type { ProductSort } from '../domain/listing.ts';
import { aProduct } from '../testing/builders.ts';
import { readPlace, sortValue } from './product-connection.ts';

const sorts: ProductSort[] = ['ID_ASC', 'NAME_ASC', 'PRICE_ASC', 'PRICE_DESC', 'NEWEST'];

const product = fc
  .record({
    id: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String),
    name: fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !name.includes('\0')),
    amountMinor: fc.maxSafeNat(),
    createdAt: fc.date({ min: new Date('2000-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
  })
  .map(({ amountMinor, ...facts }) => aProduct({ ...facts, price: { amountMinor, currency: 'EUR' } }));

describe('a cursor', () => {
  it('leads back to the product that it was made from, in the sort that it was made in and in no other', () => {
    fc.assert(
      fc.property(product, fc.constantFrom(...sorts), fc.constantFrom(...sorts), (made, sort, other) => {
        const { after } = readPage({ after: encodeCursor([sort, sortValue(sort, made), made.id]) });
        const values = after ?? [];

        expect(readPlace(sort, values)).toEqual({ value: sortValue(sort, made), id: made.id });
        if (other !== sort) expect(() => readPlace(other, values)).toThrow('not from this sort');
      }),
    );
  });

  it.each([
    ['ID_ASC', ['ID_ASC', 'x', '1']],
    ['ID_ASC', ['ID_ASC', null, 'x']],
    ['ID_ASC', ['ID_ASC', null]],
    ['NAME_ASC', ['NAME_ASC', 'a\0b', '1']],
    ['PRICE_ASC', ['PRICE_ASC', 1.5, '1']],
    ['PRICE_DESC', ['PRICE_DESC', '1; drop table', '1']],
    ['NEWEST', ['NEWEST', '2026-13-45T00:00:00.000Z', '1']],
    ['NEWEST', ['NEWEST', 'yesterday', '1']],
  ] as const)('that somebody made up is refused in the sort %s: %j', (sort, values) => {
    expect(() => readPlace(sort, values)).toThrow('not from this sort');
  });
});
