import { describe, expect, it } from '@jest/globals';
import { isRowId } from './row-id.ts';
import { estimateShipping } from './shipping.ts';

describe('the id of a stored thing', () => {
  it.each(['1', '42', '9223372036854775807'])('can be %s', (text) => {
    expect(isRowId(text)).toBe(true);
  });

  it.each(['', '0', '01', '-1', '1.5', 'abc', '1 ', '9223372036854775808', '1'.repeat(40)])(
    'cannot be "%s"',
    (text) => {
      expect(isRowId(text)).toBe(false);
    },
  );
});

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
