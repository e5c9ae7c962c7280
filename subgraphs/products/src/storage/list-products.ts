import type { EntityData } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Listing, Place, ProductFilter, ProductSort } from '../domain/listing.ts';
import type { Product } from '../domain/product.ts';
import type { ProductRecord } from './entities.ts';
import { ProductRow } from './entities.ts';
import { toProduct } from './records.ts';

interface SortPlan {
  readonly column: string | null;
  readonly direction: 'asc' | 'desc';
}

// Each one reads an index of migration 001 in one direction, which is why ties go the same way as the sort.
const plans: Readonly<Record<ProductSort, SortPlan>> = {
  ID_ASC: { column: null, direction: 'asc' },
  NAME_ASC: { column: 'name', direction: 'asc' },
  PRICE_ASC: { column: 'price_amount_minor', direction: 'asc' },
  PRICE_DESC: { column: 'price_amount_minor', direction: 'desc' },
  NEWEST: { column: 'created_at', direction: 'desc' },
};

/**
 * Reads a part of the catalogue from the place where the last one ended: work grows with the page, not with its number.
 * Source: use-the-index-luke.com/no-offset
 */
export async function listProducts(em: EntityManager, { sort, filter, after, limit }: Listing): Promise<Product[]> {
  const { column, direction } = plans[sort];
  const conditions = [...conditionsOf(filter), ...(after ? [afterPlace(plans[sort], after)] : [])];
  // One statement as a whole: MikroORM formats a raw fragment inside a query builder twice, and a `?` in a value breaks it.
  const rows = await em.execute<EntityData<ProductRecord>[]>(
    `select p.* from products.products p
      where ${['p.withdrawn_at is null', ...conditions.map(({ sql }) => sql)].join(' and ')}
      order by ${column ? `p.${column} ${direction}, ` : ''}p.id ${direction} limit ?`,
    [...conditions.flatMap(({ values }) => values), limit],
  );
  return rows.map((row) => toProduct(em.map(ProductRow, row)));
}

interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

function conditionsOf({ nameContains, inStock, minPriceMinor, maxPriceMinor }: ProductFilter): Condition[] {
  const conditions: Condition[] = [];
  if (nameContains)
    conditions.push({ sql: 'p.name ilike ?', values: [`%${nameContains.replace(/[\\%_]/g, '\\$&')}%`] });
  if (minPriceMinor != null) conditions.push({ sql: 'p.price_amount_minor >= ?', values: [minPriceMinor] });
  if (maxPriceMinor != null) conditions.push({ sql: 'p.price_amount_minor <= ?', values: [maxPriceMinor] });
  if (inStock != null) {
    const test = inStock ? 'exists' : 'not exists';
    const sql = `${test} (select from products.stock s where s.product_id = p.id and s.available > 0)`;
    conditions.push({ sql, values: [] });
  }
  return conditions;
}

function afterPlace({ column, direction }: SortPlan, { value, id }: Place): Condition {
  const comparison = direction === 'asc' ? '>' : '<';
  if (column === null || value === null) return { sql: `p.id ${comparison} ?`, values: [id] };
  return { sql: `(p.${column}, p.id) ${comparison} (?, ?)`, values: [value, id] };
}
