import type { Postgres } from '@storefront/platform/postgres/open.ts';
import { skusFor } from '../domain/sku.ts';
import type { Clock } from '../use-cases/ports.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const STOCK = 100;

interface SeedProduct {
  readonly name: string;
  readonly description: string;
  readonly priceMinor: number;
  readonly weightGrams: number;
}

const catalogue: readonly SeedProduct[] = [
  {
    name: 'Enamel Mug',
    description: 'White, 350 ml, with a blue rim. Survives camp fires.',
    priceMinor: 1_250,
    weightGrams: 180,
  },
  { name: 'Linen Tea Towel', description: 'Washed linen, 50 by 70 cm.', priceMinor: 1_490, weightGrams: 110 },
  {
    name: 'Cast-Iron Skillet',
    description: '26 cm, pre-seasoned, for every hob.',
    priceMinor: 5_990,
    weightGrams: 2_400,
  },
  {
    name: 'Beech Chopping Board',
    description: 'End grain, 40 by 30 cm, oiled.',
    priceMinor: 3_900,
    weightGrams: 1_800,
  },
  {
    name: 'French Press',
    description: 'Borosilicate glass and steel, one litre.',
    priceMinor: 3_450,
    weightGrams: 900,
  },
  { name: 'Pepper Mill', description: 'Walnut, ceramic grinder, 20 cm.', priceMinor: 2_950, weightGrams: 320 },
  { name: 'Wool Blanket', description: 'Merino, 130 by 180 cm, grey.', priceMinor: 8_900, weightGrams: 1_200 },
  { name: 'Desk Lamp', description: 'Two joints, warm white, dimmable.', priceMinor: 6_490, weightGrams: 1_500 },
  { name: 'Notebook A5', description: 'Dotted, 192 pages, lies flat.', priceMinor: 1_190, weightGrams: 280 },
  { name: 'Fountain Pen', description: 'Fine nib, with converter.', priceMinor: 2_790, weightGrams: 30 },
  { name: 'Canvas Backpack', description: 'Waxed cotton, 20 litres.', priceMinor: 7_900, weightGrams: 950 },
  {
    name: 'Travel Umbrella',
    description: 'Opens at a press, fits a coat pocket.',
    priceMinor: 2_490,
    weightGrams: 340,
  },
];

/**
 * Fills an empty catalogue with twelve products, ids from 1, EUR, 100 pieces each, and says whether it did. Replicas that
 * start together take turns; a catalogue that has anything in it is left alone.
 */
export async function seedCatalogue({ postgres, clock }: { postgres: Postgres; clock: Clock }): Promise<boolean> {
  const now = clock.now().getTime();
  return postgres.fork().transactional(async (em) => {
    await em.execute('lock table products.products in share row exclusive mode');
    const rows = await em.execute<unknown[]>('select from products.products limit 1');
    if (rows.length > 0) return false;
    const seeds = catalogue.map((seed, index) => ({
      ...seed,
      id: index + 1,
      sku: skusFor(seed.name, () => '').next().value,
      createdAt: new Date(now - (catalogue.length - index) * DAY_MS).toISOString(),
    }));
    await em.execute(insertProducts, [JSON.stringify(seeds)]);
    await em.execute(
      'insert into products.stock (product_id, initial, available) select id, ?, ? from products.products',
      [STOCK, STOCK],
    );
    await em.execute("select setval(pg_get_serial_sequence('products.products', 'id'), ?)", [seeds.length]);
    return true;
  });
}

const insertProducts = `
  insert into products.products
    (id, sku, name, description, price_amount_minor, currency, weight_grams, created_at, updated_at)
  overriding system value
  select id, sku, name, description, "priceMinor", 'EUR', "weightGrams", "createdAt", "createdAt"
    from json_to_recordset(?::json) as seed(id bigint, sku text, name text, description text, "priceMinor" bigint,
         "weightGrams" integer, "createdAt" timestamptz)`;
