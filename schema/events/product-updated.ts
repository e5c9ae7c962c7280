import { z } from 'zod';
import { defineEvent } from './event.ts';

/** A product was created, changed or withdrawn. The subject is the product's id. */
export const productUpdated = defineEvent({
  type: 'product.updated',
  exchange: 'products',
  version: 1,
  subjectKind: 'product',
  data: z.object({ productId: z.string(), version: z.int(), change: z.enum(['created', 'updated', 'withdrawn']) }),
});
