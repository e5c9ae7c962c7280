import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { priceQuery, readPrices } from './price-query.ts';

const lines = [
  { productId: '1', quantity: 2 },
  { productId: '5', quantity: 1 },
];
const price = { amountMinor: 1_250, currency: 'EUR' };

describe('the question for prices', () => {
  it('asks for all products at once, with the ids as variables', () => {
    const { query, variables } = priceQuery(lines);

    expect(() => parse(query)).not.toThrow();
    expect(variables).toEqual({ id0: '1', id1: '5' });
    expect(query).not.toContain('5"');
  });

  it('is answered with the price of each line', () => {
    const quote = readPrices(lines, {
      data: { p0: { id: '1', price }, p1: { id: '5', price: { ...price, amountMinor: 99 } } },
    });

    expect(quote).toEqual({
      phase: 'quoted',
      lines: [
        { productId: '1', quantity: 2, unitPriceMinor: 1_250, currency: 'EUR' },
        { productId: '5', quantity: 1, unitPriceMinor: 99, currency: 'EUR' },
      ],
    });
  });

  it('is answered with the product that is not for sale', () => {
    expect(readPrices(lines, { data: { p0: { id: '1', price }, p1: null } })).toEqual({
      phase: 'unavailable',
      productId: '5',
    });
  });

  it.each([
    ['errors', { data: { p0: { id: '1', price }, p1: null }, errors: [{ message: 'Internal server error' }] }],
    ['a product missing', { data: { p0: { id: '1', price } } }],
    ['a price that is no whole number', { data: { p0: { id: '1', price: { ...price, amountMinor: 1.5 } }, p1: null } }],
    ['no data', {}],
    ['a text', 'oops'],
  ])('is not answered by an answer with %s', (_what, body) => {
    expect(readPrices(lines, body)).toEqual({ phase: 'unreachable' });
  });
});
