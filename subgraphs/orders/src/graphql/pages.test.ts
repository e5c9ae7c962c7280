import { describe, expect, it } from '@jest/globals';
import { encodeCursor } from '@storefront/platform/graphql/connection.ts';
import type { OrderSlice } from '../storage/order-queries.ts';
import { orderConnection } from './pages.ts';

const nothing = async () => [];

describe('a page of orders', () => {
  it('is read with one order more than it shows, after the cursor', async () => {
    const slices: OrderSlice[] = [];

    await orderConnection({ first: 5, after: encodeCursor(['40']), status: 'PENDING' }, async (slice) => {
      slices.push(slice);
      return [];
    });

    expect(slices).toEqual([{ status: 'PENDING', beforeId: '40', limit: 6 }]);
  });

  it.each([
    ['a length of nothing', { first: 0 }],
    ['a length of too much', { first: 101 }],
    ['a cursor that is none', { after: 'nonsense' }],
    ['a cursor of another list', { after: encodeCursor(['name', '1']) }],
  ])('is refused for %s', async (_what, args) => {
    await expect(orderConnection(args, nothing)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
