import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { confirm } from '../domain/order.ts';
import { historyByOrder } from '../storage/order-queries.ts';
import { openTestStorage, placed, PLACED_AT, type TestStorage } from '../testing/storage.ts';
import { cancelOrder } from './cancel-order.ts';
import { changeOrder } from './change-order.ts';
import { settleOrder } from './settle-order.ts';

let storage: TestStorage;
const clock = { now: () => PLACED_AT };

beforeAll(async () => {
  storage = await openTestStorage();
});
afterAll(() => storage.close());

describe('changing an order', () => {
  it('decides again on what the order is now when somebody else was faster', async () => {
    const { id } = await placed(storage.store());
    const seen: string[] = [];

    const outcome = await cancelOrder(
      {
        clock,
        orders: {
          ...storage.store(),
          async find(wanted) {
            const order = await storage.store().find(wanted);
            seen.push(order?.status ?? 'unknown');
            if (seen.length === 1) await changeOrder(storage.store(), id, (now) => confirm(now, PLACED_AT));
            return order;
          },
        },
      },
      { id, reason: null, mayCancel: () => true },
    );

    const history = (await historyByOrder(storage.postgres.fork(), [id])).get(id);
    expect([outcome.phase, seen]).toEqual(['changed', ['PENDING', 'CONFIRMED']]);
    expect(history?.map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED', 'CANCELLED']);
  });

  it('ends cancelled, with one history, when cancel and confirm meet', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await placed(storage.store());

      await Promise.all([
        settleOrder({ orders: storage.store(), clock }, { orderId: id, answer: { phase: 'reserved' } }),
        cancelOrder({ orders: storage.store(), clock }, { id, reason: null, mayCancel: () => true }),
      ]);

      const history = (await historyByOrder(storage.postgres.fork(), [id])).get(id) ?? [];
      expect(history.at(-1)?.to).toBe('CANCELLED');
      expect(history.slice(1).map(({ from }) => from)).toEqual(history.slice(0, -1).map(({ to }) => to));
    }
  });
});
