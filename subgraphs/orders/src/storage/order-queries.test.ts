import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { confirm } from '../domain/order.ts';
import { openTestStorage, placed, PLACED_AT, type TestStorage } from '../testing/storage.ts';
import { listOrders, listOrdersByBuyer, unitsSoldByProduct } from './order-queries.ts';

let storage: TestStorage;
const all = { status: null, beforeId: null, limit: 10 } as const;

beforeAll(async () => {
  storage = await openTestStorage();
  const store = storage.store();
  for (const buyerId of ['1', '2', '1', '1'])
    await placed(store, { buyerId, lines: [{ productId: '9', quantity: 3 }] });
  for (const id of ['1', '2']) await confirmOrder(id);
});
afterAll(() => storage.close());

async function confirmOrder(id: string): Promise<void> {
  const order = await storage.store().find(id);
  const decision = order && confirm(order, PLACED_AT);
  if (decision?.phase === 'changed') await storage.store().commit(decision);
}

const ids = (orders: readonly { id: string }[] | undefined) => orders?.map(({ id }) => id);

describe('lists of orders', () => {
  it('are newest first, and go on before an id', async () => {
    const em = storage.postgres.fork();

    const first = await listOrders(em, null, { ...all, limit: 3 });
    const rest = await listOrders(em, null, { ...all, beforeId: '2' });

    expect([ids(first), ids(rest)]).toEqual([['4', '3', '2'], ['1']]);
  });

  it('can be of one buyer and of one status', async () => {
    const em = storage.postgres.fork();

    expect(ids(await listOrders(em, '1', all))).toEqual(['4', '3', '1']);
    expect(ids(await listOrders(em, null, { ...all, status: 'CONFIRMED' }))).toEqual(['2', '1']);
  });

  it('of several buyers are the same as the lists of each', async () => {
    const em = storage.postgres.fork();
    const slices = [all, { ...all, limit: 1 }, { ...all, beforeId: '4' }, { ...all, status: 'PENDING' as const }];

    for (const slice of slices) {
      const lists = await listOrdersByBuyer(em, ['1', '2', '3'], slice);
      for (const buyerId of ['1', '2', '3']) expect(lists.get(buyerId)).toEqual(await listOrders(em, buyerId, slice));
    }
  });
});

describe('units sold', () => {
  it('count confirmed orders alone', async () => {
    const sold = await unitsSoldByProduct(storage.postgres.fork(), ['9', '10']);

    expect(sold).toEqual(
      new Map([
        ['9', 6],
        ['10', 0],
      ]),
    );
  });
});
