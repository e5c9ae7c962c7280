import { batchById } from '@storefront/platform/graphql/batch.ts';
import type { ProductStore } from '../use-cases/ports.ts';

/**
 * Loaders for one request: what a tick asks for is read in one statement per loader, whatever its number. Products include
 * withdrawn ones.
 */
export function createLoaders(products: ProductStore) {
  const productById = batchById((ids: readonly string[]) => products.byIds(ids));
  const productBySku = batchById((skus: readonly string[]) => products.bySkus(skus));
  const stockByProduct = batchById((ids: readonly string[]) => products.stockOf(ids));
  return {
    productById,
    productBySku,
    stockByProduct,
    /** Drops what was read, after a change. */
    clear(): void {
      for (const loader of [productById, productBySku, stockByProduct]) loader.clearAll();
    },
  };
}

/** The loaders of one request. */
export type Loaders = ReturnType<typeof createLoaders>;
