import type { Product } from '../domain/product.ts';
import type { ProductDraft } from '../domain/product-input.ts';
import type { Stock } from '../domain/stock.ts';

/** A product for a test, which names only what matters to it. */
export function aProduct(facts: Partial<Product> = {}): Product {
  return {
    id: '1',
    sku: 'ENAMEL-MUG',
    name: 'Enamel Mug',
    description: null,
    price: { amountMinor: 1_250, currency: 'EUR' },
    weightGrams: 180,
    version: 1,
    createdAt: new Date('2026-01-01T00:00:00.000Z'),
    updatedAt: new Date('2026-01-01T00:00:00.000Z'),
    withdrawnAt: null,
    ...facts,
  };
}

/** The stock of a product for a test. */
export function aStock(facts: Partial<Stock> = {}): Stock {
  return { productId: '1', initial: 0, available: 0, reserved: 0, sold: 0, ...facts };
}

/** A product that was checked and is to be stored, for a test. */
export function aDraft(facts: Partial<ProductDraft> = {}): ProductDraft {
  return {
    sku: null,
    name: 'Enamel Mug',
    description: null,
    price: { amountMinor: 1_250, currency: 'EUR' },
    weightGrams: 180,
    initialStock: 10,
    ...facts,
  };
}
