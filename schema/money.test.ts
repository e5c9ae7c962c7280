import { describe, expect, it } from '@jest/globals';
import { toMoney } from './money.ts';

describe('money as the graph shows it', () => {
  it.each([
    ['EUR', 1_250, '€12.50'],
    ['EUR', -5, '-€0.05'],
    ['JPY', 1_250, '¥1,250'],
    ['KWD', 1_250, 'KWD\u00a01.250'],
  ])('has the decimals that %s has', (currency, amountMinor, formatted) => {
    expect(toMoney({ amountMinor, currency })).toEqual({ amountMinor, currency, formatted });
  });

  it('keeps its text where it is sent on as JSON', () => {
    expect(JSON.parse(JSON.stringify(toMoney({ amountMinor: 99, currency: 'USD' })))).toMatchObject({
      formatted: '$0.99',
    });
  });

  it('has no currency that is no code', () => {
    expect(() => toMoney({ amountMinor: 1, currency: 'gold' })).toThrow(RangeError);
  });
});
