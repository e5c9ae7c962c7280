import { z } from 'zod';
import { defineEvent } from './event.ts';

/**
 * The pieces of an order have been set aside for too long: a question, what became of the order? Orders answers by telling
 * its end, once more if need be; until then the pieces stay set aside, and the question is asked again. The subject is the
 * order's id.
 */
export const stockExpired = defineEvent({
  type: 'stock.expired',
  exchange: 'products',
  version: 1,
  data: z.object({ orderId: z.string() }),
});
