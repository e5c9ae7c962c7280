import type { InferEntity } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/core';

/** A row of products.products. */
export const ProductRow = defineEntity({
  name: 'ProductRow',
  tableName: 'products',
  schema: 'products',
  properties: {
    id: p.bigint('string').primary(),
    sku: p.text().unique(),
    name: p.text(),
    description: p.text().nullable(),
    priceAmountMinor: p.bigint('number'),
    currency: p.string().length(3),
    weightGrams: p.integer(),
    version: p.integer(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    withdrawnAt: p.datetime(3).nullable(),
  },
});

/** A row of products.stock: the counts of one product. */
export const StockRow = defineEntity({
  name: 'StockRow',
  tableName: 'stock',
  schema: 'products',
  properties: {
    productId: p.bigint('string').primary(),
    initial: p.integer(),
    available: p.integer(),
    reserved: p.integer(),
    sold: p.integer(),
  },
});

/** A row of products.reservations: what one order holds, bought, or gave back of one product. */
export const ReservationRow = defineEntity({
  name: 'ReservationRow',
  tableName: 'reservations',
  schema: 'products',
  properties: {
    orderId: p.text().primary(),
    productId: p.bigint('string').primary(),
    quantity: p.integer(),
    status: p.text().$type<'held' | 'sold' | 'released'>(),
    expiresAt: p.datetime(3).nullable(),
  },
});

/** One product as MikroORM reads it. */
export type ProductRecord = InferEntity<typeof ProductRow>;

/** One stock row as MikroORM reads it. */
export type StockRecord = InferEntity<typeof StockRow>;
