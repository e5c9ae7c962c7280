import { describe, expect, it } from '@jest/globals';
import { findRefusal, mergeLines } from './reservation.ts';

const offers = new Map([
  ['2', { productId: '2', available: 5, isWithdrawn: false }],
  ['10', { productId: '10', available: 0, isWithdrawn: false }],
  ['11', { productId: '11', available: 9, isWithdrawn: true }],
]);

describe('mergeLines', () => {
  it('adds up the lines of one product and puts the products in the order of their ids as numbers', () => {
    const lines = mergeLines([
      { productId: '10', quantity: 1 },
      { productId: '2', quantity: 2 },
      { productId: '10', quantity: 3 },
    ]);

    expect(lines).toEqual([
      { productId: '2', quantity: 2 },
      { productId: '10', quantity: 4 },
    ]);
  });
});

describe('findRefusal', () => {
  it('finds none when every line can be served', () => {
    expect(findRefusal([{ productId: '2', quantity: 5 }], offers)).toBeNull();
  });

  it.each([
    [{ productId: '2', quantity: 6 }, 'OUT_OF_STOCK'],
    [{ productId: '10', quantity: 1 }, 'OUT_OF_STOCK'],
    [{ productId: '11', quantity: 1 }, 'PRODUCT_UNAVAILABLE'],
    [{ productId: '999', quantity: 1 }, 'PRODUCT_UNAVAILABLE'],
  ] as const)('refuses %j as %s', (line, reason) => {
    expect(findRefusal([line], offers)).toEqual({ reason, productId: line.productId });
  });
});
