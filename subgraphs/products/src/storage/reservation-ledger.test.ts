import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OrderLine } from '../domain/reservation.ts';
import type { Bench } from '../testing/database.ts';
import { openBench } from '../testing/database.ts';
import { createAnnouncer } from '../use-cases/announcer.ts';
import { releaseStock } from '../use-cases/release-stock.ts';
import { reserveStock } from '../use-cases/reserve-stock.ts';
import { sellStock } from '../use-cases/sell-stock.ts';
import { createReservationLedger } from './reservation-ledger.ts';

const now = new Date('2026-02-01T10:00:00.000Z');
const clock = { now: () => now };
const announce = createAnnouncer({ clock, newEventId: () => randomUUIDv7() });

let bench: Bench;
let ledger: ReturnType<typeof createReservationLedger>;

beforeAll(async () => {
  bench = await openBench({ isStocked: true });
  ledger = createReservationLedger(bench, 'products.stock');
});
beforeEach(async () => {
  await bench.query('truncate products.reservations, products.inbox, products.outbox');
  await bench.query('update products.stock set initial = 10, available = 10, reserved = 0, sold = 0');
});
afterAll(() => bench.close());

const message = (orderId: string, eventId: string = randomUUIDv7()) => ({ orderId, eventId });
const create = (orderId: string, lines: OrderLine[] = [{ productId: '1', quantity: 2 }], eventId?: string) =>
  reserveStock({ ledger, announce, clock, reservationMs: 60_000 }, message(orderId, eventId), lines);
const confirm = (orderId: string) => sellStock({ ledger }, message(orderId));
const cancel = (orderId: string) => releaseStock({ ledger }, message(orderId));

const stockOf = async (productId: string) => {
  const [row] = await bench.query('select available, reserved, sold from products.stock where product_id = ?', [productId]);
  return row;
};
const answers = (orderId: string) =>
  bench.query<{ type: string; data: unknown }>(
    "select type, event->'data' as data from products.outbox where subject = ? order by position",
    [orderId],
  );

describe('an order that is created', () => {
  it('has its pieces set aside until they expire, and is told so', async () => {
    await create('o1', [{ productId: '2', quantity: 1 }, { productId: '1', quantity: 3 }]);

    const rows = await bench.query('select product_id::int, quantity, status, extract(epoch from expires_at)::int as expires_at from products.reservations order by 1');
    const expires_at = Date.parse('2026-02-01T10:01:00.000Z') / 1_000;
    expect(rows).toEqual([
      { product_id: 1, quantity: 3, status: 'held', expires_at },
      { product_id: 2, quantity: 1, status: 'held', expires_at },
    ]);
    await expect(stockOf('1')).resolves.toEqual({ available: 7, reserved: 3, sold: 0 });
    await expect(answers('o1')).resolves.toEqual([{ type: 'stock.reserved', data: { orderId: 'o1' } }]);
  });

  it.each([
    ['there are too few of one product', { productId: '2', quantity: 11 }, 'OUT_OF_STOCK'],
    ['one product is unknown', { productId: '999', quantity: 1 }, 'PRODUCT_UNAVAILABLE'],
    ['one id is none', { productId: 'abc', quantity: 1 }, 'PRODUCT_UNAVAILABLE'],
    ['more is wanted than can be counted', { productId: '2', quantity: 9_007_199_254_740_991 }, 'OUT_OF_STOCK'],
  ])('gets nothing at all when %s', async (_case, line, reason) => {
    await create('o1', [{ productId: '1', quantity: 1 }, line]);

    await expect(stockOf('1')).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
    const data = { orderId: 'o1', reason, productId: line.productId };
    await expect(answers('o1')).resolves.toEqual([{ type: 'stock.rejected', data }]);
  });

  it('is refused a product that was withdrawn', async () => {
    await bench.query('update products.products set withdrawn_at = now() where id = 12');

    await create('o1', [{ productId: '12', quantity: 1 }]);

    await expect(answers('o1')).resolves.toMatchObject([{ data: { reason: 'PRODUCT_UNAVAILABLE' } }]);
  });

  it('has its effect once when its message comes twice, even at the same time', async () => {
    await Promise.all([create('o1', undefined, 'e1'), create('o1', undefined, 'e1')]);
    await create('o1', undefined, 'e1');

    await expect(stockOf('1')).resolves.toEqual({ available: 8, reserved: 2, sold: 0 });
    await expect(answers('o1')).resolves.toHaveLength(1);
  });
});

describe('what follows', () => {
  it('sells what is held', async () => {
    await create('o1');

    await confirm('o1');

    await expect(stockOf('1')).resolves.toEqual({ available: 8, reserved: 0, sold: 2 });
  });

  it('gives back once what was sold, however often the order is cancelled', async () => {
    await create('o1');
    await confirm('o1');

    await cancel('o1');
    await cancel('o1');

    await expect(stockOf('1')).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
  });

  it('rejects an order whose cancellation came first, and holds nothing for it', async () => {
    await cancel('o1');

    await create('o1');

    await expect(stockOf('1')).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
    await expect(answers('o1')).resolves.toMatchObject([{ type: 'stock.rejected' }]);
  });

  it('ends the same in whatever order create, confirm and cancel arrive', async () => {
    const steps = { create: () => create('o1'), confirm: () => confirm('o1'), cancel: () => cancel('o1') };
    const orders = [
      ['create', 'confirm', 'cancel'],
      ['create', 'cancel', 'confirm'],
      ['cancel', 'create', 'confirm'],
      ['cancel', 'confirm', 'create'],
      ['confirm', 'create', 'cancel'],
      ['confirm', 'cancel', 'create'],
    ] as const;

    for (const order of orders) {
      await bench.query('truncate products.reservations');
      for (const step of order) await steps[step]();
      await expect(stockOf('1')).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
    }
  });
});

describe('many at once', () => {
  const counts = (type: string) => bench.query('select from products.outbox where type = ?', [type]);

  it('gives the last ten pieces to exactly ten of thirty orders', async () => {
    const orders = Array.from({ length: 30 }, (_, index) => create(`o${index}`, [{ productId: '1', quantity: 1 }]));
    await Promise.all(orders);

    await expect(stockOf('1')).resolves.toEqual({ available: 0, reserved: 10, sold: 0 });
    await expect(counts('stock.reserved')).resolves.toHaveLength(10);
    await expect(counts('stock.rejected')).resolves.toHaveLength(20);
  });

  it('keeps every piece accounted for while orders with several products come, are confirmed and cancelled', async () => {
    const lives = Array.from({ length: 24 }, async (_, index) => {
      const lines = [3, 1, 2].map((productId) => ({ productId: String(((productId + index) % 3) + 1), quantity: 1 + (index % 2) }));
      const next = index % 3 === 0 ? cancel(`o${index}`) : undefined;
      await Promise.all([create(`o${index}`, lines), next]);
      if (index % 3 === 1) await confirm(`o${index}`);
    });
    await Promise.all(lives);

    const held = await bench.query(
      `select s.product_id from products.stock s
        left join (select product_id, sum(quantity) filter (where status = 'held') as held,
                          sum(quantity) filter (where status = 'sold') as sold
                     from products.reservations group by 1) r using (product_id)
       where s.reserved <> coalesce(r.held, 0) or s.sold <> coalesce(r.sold, 0) or s.available <> 10 - s.reserved - s.sold`,
    );
    expect(held).toEqual([]);
  });
});
