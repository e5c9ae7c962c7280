import type { InvalidInput, NotFound, SkuTaken, VersionConflict } from '../domain/outcomes.ts';
import { notFound } from '../domain/outcomes.ts';
import type { Product } from '../domain/product.ts';
import { reviseProduct } from '../domain/product.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import { readRevision } from '../domain/product-input.ts';
import type { Announcer, Clock, ProductStore } from './ports.ts';

/** What changing a product needs. */
export interface UpdateProductDeps {
  readonly products: Pick<ProductStore, 'change'>;
  readonly announce: Announcer;
  readonly clock: Clock;
}

/** The product as it is now, or why it was left alone. */
export type UpdateProductOutcome =
  | { kind: 'UpdateProductSuccess'; product: Product }
  | InvalidInput
  | SkuTaken
  | NotFound
  | VersionConflict;

/** Changes what the input names. With `expectedVersion` it changes nothing when somebody else was first. */
export async function updateProduct(deps: UpdateProductDeps, input: { id: string }): Promise<UpdateProductOutcome> {
  const read = readRevision(input);
  if ('refused' in read) return read.refused;
  if (!isRowId(input.id)) return notFound(['input', 'id']);
  const at = deps.clock.now();
  const announcing = { announce: deps.announce, at };
  const result = await deps.products.change(input.id, (held) => reviseProduct(held, read.revision, at), announcing);
  if ('changed' in result) return { kind: 'UpdateProductSuccess', product: result.changed.product };
  return result.refused.kind === 'NotFound' ? notFound(['input', 'id']) : result.refused;
}
