import { z } from 'zod';
import { buyerId } from './buyer.ts';
import { defineEvent } from './event.ts';

/** The order cannot be fulfilled. The subject is the order's id. */
export const orderRejected = defineEvent({
  type: 'order.rejected',
  exchange: 'orders',
  version: 1,
  data: z.object({
    orderId: z.string(),
    buyerId,
    reason: z.enum(['OUT_OF_STOCK', 'PRODUCT_UNAVAILABLE', 'TIMED_OUT']),
  }),
});
