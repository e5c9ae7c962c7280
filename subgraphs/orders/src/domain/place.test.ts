import { describe, expect, it } from '@jest/globals';
import { place, type QuotedLine } from './place.ts';

const AT = new Date('2026-01-31T09:30:00.000Z');

function aLine(over: Partial<QuotedLine> = {}): QuotedLine {
  return { productId: '1', quantity: 2, unitPriceMinor: 1_250, currency: 'EUR', ...over };
}

describe('placing an order', () => {
  it('sums the lines and keeps the price of each', () => {
    const decision = place({
      buyerId: '1',
      lines: [aLine(), aLine({ productId: '2', quantity: 1, unitPriceMinor: 99 })],
      at: AT,
    });

    expect(decision).toMatchObject({
      placed: {
        buyerId: '1',
        currency: 'EUR',
        totalMinor: 2_599,
        lines: [
          { productId: '1', quantity: 2, unitPriceMinor: 1_250 },
          { productId: '2', quantity: 1, unitPriceMinor: 99 },
        ],
        transition: { from: null, to: 'PENDING', reason: null, at: AT },
        events: [{ type: 'order.created' }],
      },
    });
  });

  it('is refused for products of two currencies', () => {
    const decision = place({ buyerId: '1', lines: [aLine(), aLine({ productId: '2', currency: 'USD' })], at: AT });

    expect(decision).toMatchObject({ invalid: { message: expect.stringContaining('EUR, USD') } });
  });

  it('is refused when the total is no safe integer', () => {
    const decision = place({ buyerId: '1', lines: [aLine({ unitPriceMinor: Number.MAX_SAFE_INTEGER })], at: AT });

    expect(decision).toMatchObject({ invalid: { message: 'The total of the order is too large.' } });
  });
});
