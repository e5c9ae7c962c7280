import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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

describe('an order that is created', () => {
  it('has its pieces set aside until they expire, and is told so', async () => {
    await room.create('o1', [
      { productId: '2', quantity: 1 },
      { productId: '1', quantity: 3 },
    ]);

    const rows = await bench.query(
      `select product_id::int, quantity, status, extract(epoch from expires_at)::int as expires_at
         from products.reservations order by 1`,
    );
    const expires_at = Date.parse('2026-02-01T10:01:00.000Z') / 1_000;
    expect(rows).toEqual([
      { product_id: 1, quantity: 3, status: 'held', expires_at },
      { product_id: 2, quantity: 1, status: 'held', expires_at },
    ]);
    await expect(room.stockOf('1')).resolves.toEqual({ available: 7, reserved: 3, sold: 0 });
    await expect(room.answersTo('o1')).resolves.toEqual([{ type: 'stock.reserved', data: { orderId: 'o1' } }]);
  });

  it.each([
    ['there are too few of one product', { productId: '2', quantity: 11 }, 'OUT_OF_STOCK'],
    ['one product is unknown', { productId: '999', quantity: 1 }, 'PRODUCT_UNAVAILABLE'],
    ['one id is none', { productId: 'abc', quantity: 1 }, 'PRODUCT_UNAVAILABLE'],
    ['more is wanted than can be counted', { productId: '2', quantity: 9_007_199_254_740_991 }, 'OUT_OF_STOCK'],
  ])('gets nothing at all when %s', async (_case, line, reason) => {
    await room.create('o1', [{ productId: '1', quantity: 1 }, line]);

    await expect(room.stockOf('1')).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
    const data = { orderId: 'o1', reason, productId: line.productId };
    await expect(room.answersTo('o1')).resolves.toEqual([{ type: 'stock.rejected', data }]);
  });

  it('is refused a product that was withdrawn', async () => {
    await bench.query('update products.products set withdrawn_at = now() where id = 12');

    await room.create('o1', [{ productId: '12', quantity: 1 }]);

    await expect(room.answersTo('o1')).resolves.toMatchObject([{ data: { reason: 'PRODUCT_UNAVAILABLE' } }]);
  });

  it('has its effect once when its message comes twice, even at the same time', async () => {
    await Promise.all([room.create('o1', undefined, 'e1'), room.create('o1', undefined, 'e1')]);
    await room.create('o1', undefined, 'e1');

    await expect(room.stockOf('1')).resolves.toEqual({ available: 8, reserved: 2, sold: 0 });
    await expect(room.answersTo('o1')).resolves.toHaveLength(1);
  });
});

describe('a change of what is available', () => {
  it('is told for each product, when pieces are set aside and when they come back, and not when they are sold', async () => {
    await room.create('o1', [
      { productId: '2', quantity: 1 },
      { productId: '1', quantity: 1 },
    ]);
    await room.confirm('o1');
    const before = await room.changesTold();

    await room.cancel('o1');
    await room.cancel('o1');

    expect(before.toSorted()).toEqual(['1', '2']);
    expect((await room.changesTold()).slice(2).toSorted()).toEqual(['1', '2']);
  });

  it('is not told where there was none', async () => {
    await room.create('o1', [{ productId: '1', quantity: 11 }]);
    await room.cancel('o2');

    expect(await room.changesTold()).toEqual([]);
  });
});

describe('what follows', () => {
  it('sells what is held', async () => {
    await room.create('o1');

    await room.confirm('o1');

    await expect(room.stockOf('1')).resolves.toEqual({ available: 8, reserved: 0, sold: 2 });
  });

  it('gives back once what was sold, however often the order is cancelled', async () => {
    await room.create('o1');
    await room.confirm('o1');

    await room.cancel('o1');
    await room.cancel('o1');

    await expect(room.stockOf('1')).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
  });

  it('rejects an order whose cancellation came first, and holds nothing for it', async () => {
    await room.cancel('o1');

    await room.create('o1');

    await expect(room.stockOf('1')).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
    await expect(room.answersTo('o1')).resolves.toMatchObject([{ type: 'stock.rejected' }]);
  });

  it('ends the same in whatever order create, confirm and cancel arrive', async () => {
    const steps = {
      create: () => room.create('o1'),
      confirm: () => room.confirm('o1'),
      cancel: () => room.cancel('o1'),
    };
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
      await expect(room.stockOf('1')).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
    }
  });
});

describe('pieces that are set aside for too long', () => {
  it('are asked about, again and again, and stay set aside until the order ends', async () => {
    await room.create('o1', [
      { productId: '1', quantity: 2 },
      { productId: '2', quantity: 1 },
    ]);
    await room.create('o2');
    await room.confirm('o2');

    const sweeps = [];
    for (const minutesLater of [0.5, 2, 2.5, 4]) sweeps.push(await room.sweep(minutesLater));
    const heldMeanwhile = await room.stockOf('1');
    await room.cancel('o1');

    expect(sweeps).toEqual([0, 1, 0, 1]);
    expect((await room.answersTo('o1')).map(({ type }) => type)).toEqual([
      'stock.reserved',
      'stock.expired',
      'stock.expired',
    ]);
    expect(heldMeanwhile).toEqual({ available: 6, reserved: 2, sold: 2 });
    expect(await room.stockOf('1')).toEqual({ available: 8, reserved: 0, sold: 2 });
    expect(await room.sweep(60)).toBe(0);
  });

  it('are asked about once when two replicas look at the same time', async () => {
    for (let order = 0; order < 20; order += 1) {
      await room.create(`o${order}`, [{ productId: String((order % 3) + 1), quantity: 1 }]);
    }

    const counts = await Promise.all([room.sweep(2), room.sweep(2)]);

    expect(counts.reduce((sum, count) => sum + count)).toBe(20);
  });
});
