import { describe, expect, it } from '@jest/globals';
import { estimateShipping } from './shipping.ts';

describe('shipping', () => {
  it.each([
    { weightGrams: 0, quantity: 1, amountMinor: 490 },
    { weightGrams: 1, quantity: 1, amountMinor: 640 },
    { weightGrams: 500, quantity: 1, amountMinor: 640 },
    { weightGrams: 500, quantity: 3, amountMinor: 940 },
    { weightGrams: 251, quantity: 2, amountMinor: 790 },
  ])('of $quantity pieces of $weightGrams g costs $amountMinor cents', ({ weightGrams, quantity, amountMinor }) => {
    expect(estimateShipping({ weightGrams, quantity })).toEqual({ amountMinor, currency: 'EUR' });
  });
});
