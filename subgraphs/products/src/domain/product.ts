import type { Amount } from '@storefront/schema/money.ts';
import type { InvalidInput, VersionConflict } from './outcomes.ts';
import { invalid } from './outcomes.ts';
import type { ProductDraft, ProductRevision } from './product-input.ts';
import type { Stock } from './stock.ts';
import { MAX_STOCK } from './stock.ts';

/** Something for sale. `version` counts from 1; a withdrawn product stays readable for the orders that hold it. */
export interface Product {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly description: string | null;
  readonly price: Amount;
  readonly weightGrams: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly withdrawnAt: Date | null;
}

/** That a product changed, and into which version. */
export interface ProductChange {
  readonly productId: string;
  readonly version: number;
  readonly change: 'created' | 'updated' | 'withdrawn';
}

/** A product with its stock, as one thing that changes together. */
export interface HeldProduct {
  readonly product: Product;
  readonly stock: Stock;
}

/** What became of a held product, and what there is to tell; no events means that nothing changed. */
export interface ChangedProduct extends HeldProduct {
  readonly events: readonly ProductChange[];
}

/** What a rule makes of a held product: the change, or why there is none. */
export type Revised<Refusal> = { readonly changed: ChangedProduct } | { readonly refused: Refusal };

/** The first version of a draft, once it has its id and sku. */
export function createdProduct(
  draft: ProductDraft,
  identity: { id: string; sku: string },
  at: Date,
): Omit<ChangedProduct, 'stock'> {
  const { name, description, price, weightGrams } = draft;
  const product: Product = {
    ...identity,
    name,
    description,
    price,
    weightGrams,
    version: 1,
    createdAt: at,
    updatedAt: at,
    withdrawnAt: null,
  };
  return { product, events: [{ productId: product.id, version: 1, change: 'created' }] };
}

/** Applies what the revision names and counts the version up by one; a revision that changes nothing leaves it alone. */
export function reviseProduct(
  { product, stock }: HeldProduct,
  revision: ProductRevision,
  at: Date,
): Revised<InvalidInput | VersionConflict> {
  const { expectedVersion, restock, ...changes } = revision;
  if (expectedVersion !== undefined && expectedVersion !== product.version)
    return { refused: versionConflict(product) };
  const restocked = restockBy(stock, restock);
  if ('refused' in restocked) return restocked;
  const revised: Product = { ...product, ...changes };
  if (restock === 0 && isSame(product, revised)) return { changed: { product, stock, events: [] } };
  const version = product.version + 1;
  return {
    changed: {
      product: { ...revised, version, updatedAt: at },
      stock: restocked.stock,
      events: [{ productId: product.id, version, change: 'updated' }],
    },
  };
}

/** Takes a product out of the catalogue, for good. */
export function withdrawProduct({ product, stock }: HeldProduct, at: Date): ChangedProduct {
  const version = product.version + 1;
  return {
    product: { ...product, version, updatedAt: at, withdrawnAt: at },
    stock,
    events: [{ productId: product.id, version, change: 'withdrawn' }],
  };
}

function restockBy(stock: Stock, count: number): { stock: Stock } | { refused: InvalidInput } {
  const available = stock.available + count;
  const initial = stock.initial + count;
  const path = ['input', 'restock'];
  if (available < 0) return { refused: invalid(path, `Only ${stock.available} are available to take away.`) };
  if (initial > MAX_STOCK) return { refused: invalid(path, `A product can have at most ${MAX_STOCK} pieces.`) };
  return { stock: { ...stock, initial, available } };
}

function versionConflict({ version }: Product): VersionConflict {
  return {
    kind: 'VersionConflict',
    message: 'The product was changed since you read it. Read it again and repeat your change.',
    path: ['input', 'expectedVersion'],
    currentVersion: version,
  };
}

function isSame(before: Product, after: Product): boolean {
  return (
    before.sku === after.sku &&
    before.name === after.name &&
    before.description === after.description &&
    before.weightGrams === after.weightGrams &&
    before.price.amountMinor === after.price.amountMinor &&
    before.price.currency === after.price.currency
  );
}
