import { z } from 'zod';
import { defineEvent } from './event.ts';

/** All lines of an order are set aside. The subject is the order's id. */
export const stockReserved = defineEvent({
  type: 'stock.reserved',
  exchange: 'products',
  version: 1,
  data: z.object({ orderId: z.string() }),
});
