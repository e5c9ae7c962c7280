import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import type { Bench } from '../testing/database.ts';
import { openBench } from '../testing/database.ts';
import { openStockRoom } from '../testing/stock-room.ts';

let bench: Bench;
let room: ReturnType<typeof openStockRoom>;

beforeAll(async () => {
  bench = await openBench({ isStocked: true });
  room = openStockRoom(bench);
});
beforeEach(() => room.reset());
afterAll(() => bench.close());

/** Does something so many times, ten at a time: as many as there are connections, since each may have to wait for the others. */
async function tenAtOnce(times: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < times) await act(next++);
  };
  await Promise.all(Array.from({ length: 10 }, lane));
}

describe('many at once', () => {
  const counts = (type: string) => bench.query('select from products.outbox where type = ?', [type]);

  it('gives the last ten pieces to exactly ten of thirty orders', async () => {
    await tenAtOnce(30, (index) => room.create(`o${index}`, [{ productId: '1', quantity: 1 }]));

    await expect(room.stockOf('1')).resolves.toEqual({ available: 0, reserved: 10, sold: 0 });
    await expect(counts('stock.reserved')).resolves.toHaveLength(10);
    await expect(counts('stock.rejected')).resolves.toHaveLength(20);
  });

  it('keeps every piece accounted for while orders with several products come, are confirmed and cancelled', async () => {
    await tenAtOnce(24, async (index) => {
      const lines = [3, 1, 2].map((productId) => ({
        productId: String(((productId + index) % 3) + 1),
        quantity: 1 + (index % 2),
      }));
      const next = index % 3 === 0 ? room.cancel(`o${index}`) : undefined;
      await Promise.all([room.create(`o${index}`, lines), next]);
      if (index % 3 === 1) await room.confirm(`o${index}`);
    });

    const held = await bench.query(
      `select s.product_id from products.stock s
        left join (select product_id, sum(quantity) filter (where status = 'held') as held,
                          sum(quantity) filter (where status = 'sold') as sold
                     from products.reservations group by 1) r using (product_id)
       where s.reserved <> coalesce(r.held, 0) or s.sold <> coalesce(r.sold, 0) or s.available <> 10 - s.reserved - s.sold`,
    );
    expect(held).toEqual([]);
  });

  it('lets messages about one order take turns, so that a cancellation never overtakes what it cancels', async () => {
    const [entered, leave] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const reserving = room.ledger.once({ orderId: 'o1', eventId: 'e1' }, async (order) => {
      entered.resolve();
      await leave.promise;
      await order.hold([{ productId: '1', quantity: 4 }], new Date());
      return [];
    });
    await entered.promise;

    const cancelling = room.cancel('o1');
    await until(async () => {
      const waiting = await bench.query(
        "select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())",
      );
      return waiting.length === 1;
    });
    leave.resolve();
    await Promise.all([reserving, cancelling]);

    await expect(room.stockOf('1')).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
  });
});
