import { z } from 'zod';
import { buyerId } from './buyer.ts';
import { defineEvent } from './event.ts';
import { moneyData } from './money.ts';

/** The order was called off. `wasConfirmed` says whether points had been earned. The subject is the order's id. */
export const orderCancelled = defineEvent({
  type: 'order.cancelled',
  exchange: 'orders',
  version: 1,
  data: z.object({
    orderId: z.string(),
    buyerId,
    reason: z.string().nullable(),
    wasConfirmed: z.boolean(),
    total: moneyData,
  }),
});
