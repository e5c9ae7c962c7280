import { z } from 'zod';
import { buyerId } from './buyer.ts';
import { defineEvent } from './event.ts';
import { moneyData } from './money.ts';

/** Every line of the order has its stock. The subject is the order's id. */
export const orderConfirmed = defineEvent({
  type: 'order.confirmed',
  exchange: 'orders',
  version: 1,
  data: z.object({ orderId: z.string(), buyerId, total: moneyData }),
});
