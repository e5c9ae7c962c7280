import type { InvalidInput, SkuTaken } from '../domain/outcomes.ts';
import { skuTaken } from '../domain/outcomes.ts';
import type { Product } from '../domain/product.ts';
import { readDraft } from '../domain/product-input.ts';
import { skusFor } from '../domain/sku.ts';
import type { Announcer, Clock, ProductStore } from './ports.ts';

/** What creating a product needs; `newSkuSuffix` differs each time. */
export interface CreateProductDeps {
  readonly products: Pick<ProductStore, 'add'>;
  readonly announce: Announcer;
  readonly clock: Clock;
  newSkuSuffix(): string;
}

/** The new product, or why there is none. */
export type CreateProductOutcome = { kind: 'CreateProductSuccess'; product: Product } | InvalidInput | SkuTaken;

/** Puts a product into the catalogue, under a sku made from its name when none is given. */
export async function createProduct(deps: CreateProductDeps, input: unknown): Promise<CreateProductOutcome> {
  const read = readDraft(input);
  if ('refused' in read) return read.refused;
  const { draft } = read;
  const skus = draft.sku === null ? skusFor(draft.name, () => deps.newSkuSuffix()) : [draft.sku];
  const product = await deps.products.add(draft, skus, { announce: deps.announce, at: deps.clock.now() });
  return product ? { kind: 'CreateProductSuccess', product } : skuTaken();
}
