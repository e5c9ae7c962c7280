import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OrderLine } from '../domain/reservation.ts';
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

const of = (productId: string, quantity = 1): OrderLine => ({ productId, quantity });

describe('several orders at once', () => {
  it('all have their pieces set aside, each with its own answer', async () => {
    const isDone = await room.createAll([
      ['o1', [of('1', 2), of('2')]],
      ['o2', [of('1', 3)]],
    ]);

    expect(isDone).toBe(true);
    await expect(room.stockOf('1')).resolves.toEqual({ available: 5, reserved: 5, sold: 0 });
    await expect(room.stockOf('2')).resolves.toEqual({ available: 9, reserved: 1, sold: 0 });
    expect((await room.changesTold()).toSorted()).toEqual(['1', '2']);
    for (const orderId of ['o1', 'o2'])
      await expect(room.answersTo(orderId)).resolves.toEqual([{ type: 'stock.reserved', data: { orderId } }]);
  });

  it.each([
    ['there are too few for all of them', [of('1', 6)], async () => undefined],
    ['a product is unknown', [of('999')], async () => undefined],
    ['a product was withdrawn', [of('12')], () => withdraw('12')],
    ['one of them was cancelled before it came', [of('1')], () => room.cancel('o2')],
    ['one of them has its pieces already', [of('1')], () => room.create('o2', [of('3')])],
  ])('change nothing when %s', async (_case, lines, before) => {
    await before();
    const stock = await bench.query('select product_id, available, reserved from products.stock order by 1');

    const isDone = await room.createAll([
      ['o1', [of('1', 5)]],
      ['o2', lines],
    ]);

    expect(isDone).toBe(false);
    await expect(room.answersTo('o1')).resolves.toEqual([]);
    await expect(bench.query('select product_id, available, reserved from products.stock order by 1')).resolves.toEqual(
      stock,
    );
  });

  it('tell once that the stock of a product has changed, as long as nobody has been told', async () => {
    await room.createAll([['o1', [of('1')]]]);
    await room.createAll([['o2', [of('1'), of('2')]]]);
    await bench.query('update products.outbox set published_at = now()');

    await room.createAll([['o3', [of('1')]]]);

    expect((await room.changesTold()).toSorted()).toEqual(['1', '1', '2']);
  });

  it('have their effect once when the same messages come together with others', async () => {
    await room.createAll([['o1', [of('1')], 'e1']]);

    expect(await room.createAll([['o1', [of('1')], 'e1']])).toBe(false);
    await expect(room.stockOf('1')).resolves.toEqual({ available: 9, reserved: 1, sold: 0 });
  });

  it('are sold together, those that hold nothing left as they are', async () => {
    await room.createAll([
      ['o1', [of('1', 2), of('2')]],
      ['o2', [of('1')]],
    ]);
    await room.cancel('o2');

    const left = await room.confirmAll(['o1', 'o2', 'o3']);

    expect(left).toEqual([]);
    await expect(room.stockOf('1')).resolves.toEqual({ available: 8, reserved: 0, sold: 2 });
    await expect(room.stockOf('2')).resolves.toEqual({ available: 9, reserved: 0, sold: 1 });
  });

  it('keep every piece accounted for beside cancellations and single messages', async () => {
    const lines = (index: number) => [of(String((index % 3) + 1)), of(String(((index + 1) % 3) + 1))];
    const batch = async (start: number) => {
      const orders = [0, 1, 2].map((offset): [string, OrderLine[]] => [`o${start + offset}`, lines(start + offset)]);
      if (!(await room.createAll(orders))) for (const [orderId, wanted] of orders) await room.create(orderId, wanted);
      for (const { orderId } of await room.confirmAll(orders.map(([orderId]) => orderId))) await room.confirm(orderId);
    };
    const cancelling = Array.from({ length: 4 }, (_, index) => room.cancel(`o${index * 3}`));

    await Promise.all([...[0, 3, 6, 9].map(batch), ...cancelling]);

    const wrong = await bench.query(
      `select stock.product_id from products.stock
        left join (select product_id, sum(quantity) filter (where status = 'held') as held,
                          sum(quantity) filter (where status = 'sold') as sold
                     from products.reservations group by 1) kept using (product_id)
       where stock.reserved <> coalesce(kept.held, 0) or stock.sold <> coalesce(kept.sold, 0)`,
    );
    const alive =
      "select from products.reservations where order_id in ('o0', 'o3', 'o6', 'o9') and status <> 'released'";
    expect(wrong).toEqual([]);
    await expect(bench.query(alive)).resolves.toEqual([]);
  });
});

function withdraw(productId: string): Promise<unknown> {
  return bench.query('update products.products set withdrawn_at = now() where id = ?', [productId]);
}
