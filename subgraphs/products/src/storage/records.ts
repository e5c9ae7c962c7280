import type { Product } from '../domain/product.ts';
import type { Stock } from '../domain/stock.ts';
import type { ProductRecord, StockRecord } from './entities.ts';

/** The product that a row describes. */
export function toProduct(row: ProductRecord): Product {
  const { id, sku, name, weightGrams, version, createdAt, updatedAt } = row;
  return {
    id,
    sku,
    name,
    description: row.description ?? null,
    price: { amountMinor: row.priceAmountMinor, currency: row.currency },
    weightGrams,
    version,
    createdAt,
    updatedAt,
    withdrawnAt: row.withdrawnAt ?? null,
  };
}

/** The columns of a product that its id and its birth do not fix. */
export function toColumns(product: Product) {
  const { sku, name, description, price, weightGrams, version, updatedAt, withdrawnAt } = product;
  return {
    sku,
    name,
    description,
    priceAmountMinor: price.amountMinor,
    currency: price.currency,
    weightGrams,
    version,
    updatedAt,
    withdrawnAt,
  };
}

/** The stock that a row counts. */
export function toStock({ productId, initial, available, reserved, sold }: StockRecord): Stock {
  return { productId, initial, available, reserved, sold };
}
