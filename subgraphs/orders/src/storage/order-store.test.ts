import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancel, type Change, confirm, type NotAllowed } from '../domain/order.ts';
import { aNewOrder, lockClaim, openTestStorage, placed, PLACED_AT, type TestStorage } from '../testing/storage.ts';
import type { IdempotencyClaim } from '../use-cases/ports.ts';
import { historyByOrder, linesByOrder } from './order-queries.ts';

const LATER = new Date('2026-01-31T09:31:00.000Z');
let storage: TestStorage;

beforeAll(async () => {
  storage = await openTestStorage();
});
afterAll(() => storage.close());

function aClaim(over: Partial<IdempotencyClaim> = {}): IdempotencyClaim {
  return { scope: '1:createOrder', key: 'key', fingerprint: 'one', ...over };
}

function changed(decision: Change | NotAllowed): Change {
  if (decision.phase !== 'changed') throw new Error(`not allowed: ${decision.status}`);
  return decision;
}

async function eventTypes(orderId: string): Promise<string[]> {
  const sql = 'select type from outbox where subject = ? order by position';
  const rows = await storage.postgres.fork().execute<{ type: string }[]>(sql, [orderId]);
  return rows.map(({ type }) => type);
}

describe('the store of orders', () => {
  it('keeps an order, its lines, its history and its event', async () => {
    const lines = [{ productId: '5', quantity: 2 }, { productId: '3' }];

    const order = await placed(storage.store(), { lines });

    const em = storage.postgres.fork();
    await expect(storage.store().find(order.id)).resolves.toEqual(order);
    expect(order).toMatchObject({ status: 'PENDING', buyerId: '1', totalMinor: 3_750, placedAt: PLACED_AT });
    expect((await linesByOrder(em, [order.id])).get(order.id)).toMatchObject([
      { productId: '5', quantity: 2 },
      { productId: '3' },
    ]);
    expect((await historyByOrder(em, [order.id])).get(order.id)).toEqual([
      { from: null, to: 'PENDING', reason: null, at: PLACED_AT },
    ]);
    await expect(eventTypes(order.id)).resolves.toEqual(['order.created']);
  });

  it('keeps nothing of an order of which a part cannot be stored', async () => {
    const before = await storage.postgres.fork().execute<{ n: string }[]>('select count(*) as n from outbox');

    const bad = aNewOrder({ buyerId: '77', lines: [{ quantity: 5_000 }] });
    const failing = storage.store().add(bad, aClaim({ key: 'rolled back' }));

    await expect(failing).rejects.toThrow('order_lines_quantity_check');
    await expect(storage.postgres.fork().execute('select count(*) as n from outbox')).resolves.toEqual(before);
    await expect(storage.postgres.fork().execute('select id from orders where buyer_id = 77')).resolves.toEqual([]);
    await expect(storage.store().readClaim(aClaim({ key: 'rolled back' }))).resolves.toEqual({ phase: 'free' });
  });

  it('answers a second request of one key with the first order, and refuses another request', async () => {
    const first = await storage.store().add(aNewOrder(), aClaim({ key: 'twice' }));

    const again = await storage.store().add(aNewOrder(), aClaim({ key: 'twice' }));
    const other = await storage.store().add(aNewOrder(), aClaim({ key: 'twice', fingerprint: 'other' }));
    const stranger = await storage.store().add(aNewOrder(), aClaim({ key: 'twice', scope: '2:createOrder' }));

    expect(again).toEqual({ ...first, phase: 'answered' });
    expect(other).toEqual({ phase: 'reused' });
    expect(stranger.phase).toBe('stored');
  });

  it('says at once that a request with the same key is under way', async () => {
    const claim = aClaim({ key: 'busy' });

    const during = await storage.postgres.fork().transactional(async (em) => {
      await lockClaim(em, claim);
      return storage.store().add(aNewOrder(), claim);
    });

    expect(during).toEqual({ phase: 'in-flight' });
    await expect(storage.store().add(aNewOrder(), claim)).resolves.toMatchObject({ phase: 'stored' });
  });

  it('stores a change only if the status is still the one that it starts from', async () => {
    const order = await placed(storage.store());

    const won = await storage.store().commit(changed(cancel(order, 'enough', LATER)));
    const lost = await storage.store().commit(changed(confirm(order, LATER)));

    expect([won, lost]).toEqual([true, false]);
    await expect(storage.store().find(order.id)).resolves.toMatchObject({ status: 'CANCELLED', updatedAt: LATER });
    await expect(eventTypes(order.id)).resolves.toEqual(['order.created', 'order.cancelled']);
  });

  it('gives each of two sweepers other orders', async () => {
    const long = new Date('2025-01-01T00:00:00.000Z');
    const old = [await placed(storage.store(), { at: long }), await placed(storage.store(), { at: long })];
    const before = new Date('2025-06-01T00:00:00.000Z');

    const [mine, theirs] = await storage.store().together(async (orders) => {
      const own = await orders.lockPendingBefore(before, 1);
      return [own, await storage.store().together((others) => others.lockPendingBefore(before, 10))];
    });

    expect([...(mine ?? []), ...(theirs ?? [])].map(({ id }) => id).toSorted()).toEqual(
      old.map(({ id }) => id).toSorted(),
    );
    expect(mine).toHaveLength(1);
  });

  it('takes a buyer off all of their orders, and no one else', async () => {
    const gone = await placed(storage.store(), { buyerId: '500' });
    const stays = await placed(storage.store(), { buyerId: '501' });

    await storage.store().forgetBuyer('500');

    await expect(storage.store().find(gone.id)).resolves.toMatchObject({ buyerId: null });
    await expect(storage.store().find(stays.id)).resolves.toMatchObject({ buyerId: '501' });
  });
});
