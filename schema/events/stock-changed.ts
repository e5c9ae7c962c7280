import { z } from 'zod';
import { defineEvent } from './event.ts';

/**
 * Orders have changed how many pieces of a product are available; what an update of the product changes is told by
 * `product.updated`. The subject is the product's id.
 */
export const stockChanged = defineEvent({
  type: 'stock.changed',
  exchange: 'products',
  version: 1,
  subjectKind: 'product',
  data: z.object({ productId: z.string() }),
});
