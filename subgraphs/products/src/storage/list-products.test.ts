import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { ProductFilter, ProductSort } from '../domain/listing.ts';
import type { Product } from '../domain/product.ts';
import { readPlace, sortValue } from '../graphql/product-connection.ts';
import type { Bench } from '../testing/database.ts';
import { openBench } from '../testing/database.ts';
import type { ProductStore } from '../use-cases/ports.ts';
import { createProductStore } from './product-store.ts';

const sorts: ProductSort[] = ['ID_ASC', 'NAME_ASC', 'PRICE_ASC', 'PRICE_DESC', 'NEWEST'];

let bench: Bench;
let store: ProductStore;

beforeAll(async () => {
  bench = await openBench();
  store = createProductStore(bench);
});
afterAll(() => bench.close());

interface Row {
  readonly name: string;
  readonly price: number;
  readonly age: number;
}

async function fill(rows: readonly Row[]): Promise<void> {
  await bench.query('truncate products.products, products.stock restart identity');
  const numbered = rows.map((row, index) => ({ ...row, sku: `P-${index}` }));
  await bench.query(
    `insert into products.products (sku, name, price_amount_minor, currency, weight_grams, created_at, updated_at)
     select sku, name, price, 'EUR', 1, at, at
       from json_to_recordset(?::json) as r(sku text, name text, price bigint, age int),
            lateral (select timestamptz '2026-01-01 00:00:00.001Z' + age * interval '1 ms' as at)`,
    [JSON.stringify(numbered)],
  );
  await bench.query(
    'insert into products.stock (product_id, initial, available) select id, id % 3, id % 3 from products.products',
  );
}

/** Reads the whole catalogue page by page, each page from where a cursor of the one before says that it ended. */
async function walk(sort: ProductSort, limit: number, filter: ProductFilter = {}): Promise<Product[]> {
  const seen: Product[] = [];
  for (let pages = 0; pages < 50; pages += 1) {
    const last = seen.at(-1);
    const after = last ? readPlace(sort, [sort, sortValue(sort, last), last.id]) : null;
    const page = await store.list({ sort, filter, after, limit });
    seen.push(...page);
    if (page.length < limit) return seen;
  }
  throw new Error('the list does not end');
}

function isInOrder(sort: ProductSort, before: Product, after: Product): boolean {
  const byId = Number(after.id) - Number(before.id);
  if (sort === 'PRICE_ASC') return (after.price.amountMinor - before.price.amountMinor || byId) > 0;
  if (sort === 'PRICE_DESC') return (after.price.amountMinor - before.price.amountMinor || byId) < 0;
  if (sort === 'NEWEST') return (after.createdAt.getTime() - before.createdAt.getTime() || byId) < 0;
  // How names compare is the database's own affair; equal ones go by id.
  if (sort === 'NAME_ASC') return after.name !== before.name || byId > 0;
  return byId > 0;
}

describe('the catalogue, read page by page', () => {
  it('shows every product once and in order, in every sort, whatever the data and the size of the page', async () => {
    const row = fc.record({
      name: fc.constantFrom('Mug', 'mug', 'Äpfel', "d'or", 'a b', '%_\\', 'Zoo?'),
      price: fc.integer({ min: 0, max: 3 }),
      age: fc.integer({ min: 0, max: 3 }),
    });
    const property = fc.asyncProperty(
      fc.array(row, { maxLength: 25 }),
      fc.integer({ min: 1, max: 9 }),
      async (rows, limit) => {
        await fill(rows);
        for (const sort of sorts) {
          const seen = await walk(sort, limit);
          expect(seen.map(({ sku }) => sku).sort()).toEqual(rows.map((_, index) => `P-${index}`).sort());
          const disorder = seen.slice(1).filter((product, index) => !isInOrder(sort, seen[index] ?? product, product));
          expect(disorder).toEqual([]);
        }
      },
    );

    await fc.assert(property, { numRuns: 12 });
  }, 30_000);
});

describe('a filter', () => {
  const names = async (filter: ProductFilter) => (await walk('ID_ASC', 3, filter)).map(({ name }) => name);

  it('narrows by a part of the name in any case, taking % and _ as they are', async () => {
    await fill(['Enamel Mug', 'mugwort', '100% wool', 'Lamp'].map((name) => ({ name, price: 1, age: 0 })));

    await expect(names({ nameContains: 'MUG' })).resolves.toEqual(['Enamel Mug', 'mugwort']);
    await expect(names({ nameContains: '%' })).resolves.toEqual(['100% wool']);
    await expect(names({ nameContains: '_' })).resolves.toEqual([]);
    await expect(names({ nameContains: "?' or \\" })).resolves.toEqual([]);
  });

  it('narrows by price, both ends included', async () => {
    await fill([1, 2, 3, 4].map((price) => ({ name: String(price), price, age: 0 })));

    await expect(names({ minPriceMinor: 2, maxPriceMinor: 3 })).resolves.toEqual(['2', '3']);
    await expect(names({ minPriceMinor: 5 })).resolves.toEqual([]);
  });

  it('tells what is in stock from what is not', async () => {
    await fill(['1', '2', '3', '4'].map((name) => ({ name, price: 1, age: 0 })));

    await expect(names({ inStock: true })).resolves.toEqual(['1', '2', '4']);
    await expect(names({ inStock: false })).resolves.toEqual(['3']);
  });
});
