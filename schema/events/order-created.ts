import { z } from 'zod';
import { buyerId } from './buyer.ts';
import { defineEvent } from './event.ts';
import { moneyData } from './money.ts';

/** An order was placed and waits for its stock. The subject is the order's id. */
export const orderCreated = defineEvent({
  type: 'order.created',
  exchange: 'orders',
  version: 1,
  data: z.object({
    orderId: z.string(),
    buyerId,
    lines: z.array(z.object({ productId: z.string(), quantity: z.int().positive(), unitPrice: moneyData })).min(1),
    total: moneyData,
    placedAt: z.iso.datetime(),
  }),
});
