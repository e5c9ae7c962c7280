import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reviseProduct, withdrawProduct } from '../domain/product.ts';
import { aDraft } from '../testing/builders.ts';
import type { Bench } from '../testing/database.ts';
import { openBench } from '../testing/database.ts';
import { createAnnouncer } from '../use-cases/announcer.ts';
import type { Announcing, ProductStore } from '../use-cases/ports.ts';
import { createProductStore } from './product-store.ts';

let bench: Bench;
let store: ProductStore;
const at = new Date('2026-02-01T10:00:00.123Z');
const announcing: Announcing = {
  announce: createAnnouncer({ clock: { now: () => at }, newEventId: () => randomUUIDv7() }),
  at,
};
const add = async (facts: Parameters<typeof aDraft>[0], skus: string[]) => {
  const product = await store.add(aDraft(facts), skus, announcing);
  if (!product) throw new Error(`all of ${skus.join(', ')} are taken`);
  return product;
};
const eventsOf = (productId: string) =>
  bench.query<{ change: string; version: number }>(
    `select event->'data'->>'change' as change, (event->'data'->>'version')::int as version
       from products.outbox where event->>'subject' = ? order by position`,
    [productId],
  );

beforeAll(async () => {
  bench = await openBench();
  store = createProductStore(bench);
});
afterAll(() => bench.close());

describe('a product that is added', () => {
  it('is read again as it was written, with its stock, and announced once', async () => {
    const product = await add({ description: 'It\'s "blue"? \\ ☕', initialStock: 7 }, ['ADDED']);

    await expect(store.byIds([product.id])).resolves.toEqual(new Map([[product.id, product]]));
    await expect(store.bySkus(['ADDED'])).resolves.toEqual(new Map([['ADDED', product]]));
    const stock = { productId: product.id, initial: 7, available: 7, reserved: 0, sold: 0 };
    await expect(store.stockOf([product.id])).resolves.toEqual(new Map([[product.id, stock]]));
    await expect(eventsOf(product.id)).resolves.toEqual([{ change: 'created', version: 1 }]);
  });

  it('gets the first sku that is free', async () => {
    await add({}, ['MUG']);

    const second = await add({}, ['MUG', 'MUG-2']);

    expect(second.sku).toBe('MUG-2');
  });

  it('is not stored when every sku is taken', async () => {
    await add({}, ['TAKEN']);

    await expect(store.add(aDraft(), ['TAKEN'], announcing)).resolves.toBeNull();
  });

  it('gets a sku of its own each time when many are added at once', async () => {
    const skus = Array.from({ length: 8 }, (_, index) => `RUSH-${index}`);

    const products = await Promise.all(skus.map(() => add({}, skus)));

    expect(products.map(({ sku }) => sku).sort()).toEqual(skus);
  });
});

describe('a change', () => {
  it('is stored with its stock and announced in the same transaction', async () => {
    const { id } = await add({}, ['CHANGED']);

    await store.change(id, (held) => reviseProduct(held, { name: 'Cup', restock: 5 }, at), announcing);

    expect((await store.byIds([id])).get(id)).toMatchObject({ name: 'Cup', version: 2 });
    expect((await store.stockOf([id])).get(id)).toMatchObject({ initial: 15, available: 15 });
    await expect(eventsOf(id)).resolves.toEqual([
      { change: 'created', version: 1 },
      { change: 'updated', version: 2 },
    ]);
  });

  it('to a sku that is taken leaves everything as it was', async () => {
    await add({}, ['MINE']);
    const { id } = await add({}, ['YOURS']);

    const result = await store.change(id, (held) => reviseProduct(held, { sku: 'MINE', restock: 3 }, at), announcing);

    expect(result).toMatchObject({ refused: { kind: 'SkuTaken' } });
    expect((await store.byIds([id])).get(id)).toMatchObject({ sku: 'YOURS', version: 1 });
    expect((await store.stockOf([id])).get(id)).toMatchObject({ initial: 10 });
    await expect(eventsOf(id)).resolves.toHaveLength(1);
  });

  it('of the version that all of them saw succeeds for exactly one of many at once', async () => {
    const { id } = await add({}, ['CONTESTED']);
    const rename = (name: string) =>
      store.change(id, (held) => reviseProduct(held, { name, expectedVersion: 1, restock: 0 }, at), announcing);

    const results = await Promise.all(['A', 'B', 'C', 'D', 'E', 'F'].map(rename));

    expect(results.filter((result) => 'changed' in result)).toHaveLength(1);
    expect((await store.byIds([id])).get(id)?.version).toBe(2);
  });
});

describe('a withdrawn product', () => {
  it('is out of the list and of reach for changes, but can be read', async () => {
    const { id } = await add({ name: 'Withdrawn' }, ['WITHDRAWN']);

    await store.change(id, (held) => ({ changed: withdrawProduct(held, at) }), announcing);

    const again = await store.change(id, (held) => ({ changed: withdrawProduct(held, at) }), announcing);
    const listed = await store.list({ sort: 'ID_ASC', filter: { nameContains: 'withdrawn' }, after: null, limit: 10 });
    expect(again).toMatchObject({ refused: { kind: 'NotFound' } });
    expect(listed).toEqual([]);
    expect((await store.byIds([id])).get(id)).toMatchObject({ withdrawnAt: at });
  });
});

it('finds nothing for ids and skus that cannot be', async () => {
  await expect(store.byIds(['abc', '0', '99999999999999999999', '9000000'])).resolves.toEqual(new Map());
  await expect(store.bySkus(['\0', '', 'NO-SUCH'])).resolves.toEqual(new Map());
});
