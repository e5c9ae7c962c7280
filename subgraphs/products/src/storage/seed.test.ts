import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Bench } from '../testing/database.ts';
import { openBench } from '../testing/database.ts';
import { seedCatalogue } from './seed.ts';

let bench: Bench;
const clock = { now: () => new Date() };

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

it('fills an empty catalogue once, though four replicas start together', async () => {
  const seeded = await Promise.all(Array.from({ length: 4 }, () => seedCatalogue({ postgres: bench.postgres, clock })));

  const products = await bench.query<{ id: string; currency: string; available: number }>(
    'select p.id, p.currency, s.available from products.products p join products.stock s on s.product_id = p.id order by p.id',
  );
  expect(seeded.filter(Boolean)).toHaveLength(1);
  expect(products.map(({ id }) => Number(id))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(new Set(products.map(({ currency, available }) => `${currency} ${available}`))).toEqual(new Set(['EUR 100']));
});

it('leaves a catalogue alone that has anything in it, and the next product gets the next id', async () => {
  const seededAgain = await seedCatalogue({ postgres: bench.postgres, clock });

  const [next] = await bench.query<{ id: string }>(
    "select nextval(pg_get_serial_sequence('products.products', 'id')) as id",
  );
  expect(seededAgain).toBe(false);
  expect(Number(next?.id)).toBe(13);
});
