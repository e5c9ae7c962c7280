import { z } from 'zod';
import { defineEvent } from './event.ts';

/** Nothing was set aside for an order. The subject is the order's id. */
export const stockRejected = defineEvent({
  type: 'stock.rejected',
  exchange: 'products',
  version: 1,
  data: z.object({
    orderId: z.string(),
    reason: z.enum(['OUT_OF_STOCK', 'PRODUCT_UNAVAILABLE']),
    productId: z.string(),
  }),
});
