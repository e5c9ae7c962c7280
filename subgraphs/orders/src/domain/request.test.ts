import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { faultOfKey, MAX_LINES, MAX_QUANTITY, readLines } from './request.ts';

describe('the lines of a request', () => {
  it('are merged by product, in the order in which products first appear', () => {
    const read = readLines([
      { productId: '2', quantity: 1 },
      { productId: '1', quantity: 2 },
      { productId: '2', quantity: 3 },
    ]);

    expect(read).toEqual({
      lines: [
        { productId: '2', quantity: 4 },
        { productId: '1', quantity: 2 },
      ],
    });
  });

  it('are refused when there are none, or too many', () => {
    const tooMany = Array.from({ length: MAX_LINES + 1 }, (_, index) => ({
      productId: String(index + 1),
      quantity: 1,
    }));

    expect(readLines([])).toMatchObject({ invalid: { path: ['input', 'lines'] } });
    expect(readLines(tooMany)).toMatchObject({ invalid: { path: ['input', 'lines'] } });
    expect(readLines(tooMany.slice(1))).toHaveProperty('lines.length', MAX_LINES);
  });

  it.each([0, -1, 1.5, MAX_QUANTITY + 1, Number.NaN])(
    'are refused for the quantity %p, and the line is named',
    (quantity) => {
      const read = readLines([
        { productId: '1', quantity: 1 },
        { productId: '2', quantity },
      ]);

      expect(read).toMatchObject({ invalid: { path: ['input', 'lines', '1', 'quantity'] } });
    },
  );

  it('never hold more of one product than allowed, and never lose a piece', () => {
    const line = fc.record({
      productId: fc.constantFrom('1', '2', '3'),
      quantity: fc.integer({ min: 1, max: MAX_QUANTITY }),
    });

    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
        const wanted = Map.groupBy(lines, ({ productId }) => productId);
        const totals = Array.from(wanted, ([productId, same]) => ({
          productId,
          quantity: same.reduce((sum, { quantity }) => sum + quantity, 0),
        }));
        const isAllowed = totals.every(({ quantity }) => quantity <= MAX_QUANTITY);
        expect(readLines(lines)).toEqual(isAllowed ? { lines: totals } : { invalid: expect.anything() });
      }),
    );
  });
});

describe('an idempotency key', () => {
  it('has 1 to 255 characters', () => {
    expect([faultOfKey('k'), faultOfKey('k'.repeat(255))]).toEqual([null, null]);
    expect([faultOfKey(''), faultOfKey('k'.repeat(256)), faultOfKey('k\u0000')]).not.toContain(null);
  });
});
