import type { NotFound } from '../domain/outcomes.ts';
import { notFound } from '../domain/outcomes.ts';
import { withdrawProduct } from '../domain/product.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { Announcer, Clock, ProductStore } from './ports.ts';

/** What withdrawing a product needs. */
export interface DeleteProductDeps {
  readonly products: Pick<ProductStore, 'change'>;
  readonly announce: Announcer;
  readonly clock: Clock;
}

/** The id of the product that is gone, or that there was none. */
export type DeleteProductOutcome = { kind: 'DeleteProductSuccess'; deletedProductId: string } | NotFound;

/** Takes a product out of the catalogue. It stays readable for the orders that hold it, and its sku stays taken. */
export async function deleteProduct(deps: DeleteProductDeps, id: string): Promise<DeleteProductOutcome> {
  if (!isRowId(id)) return notFound(['id']);
  const at = deps.clock.now();
  const announcing = { announce: deps.announce, at };
  const result = await deps.products.change<never>(id, (held) => ({ changed: withdrawProduct(held, at) }), announcing);
  return 'changed' in result ? { kind: 'DeleteProductSuccess', deletedProductId: id } : notFound(['id']);
}
