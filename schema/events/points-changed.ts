import { z } from 'zod';
import { defineEvent } from './event.ts';

/**
 * A user has won or lost loyalty points for an order: `change` of them, `balance` in the end. Balances may be told out of
 * order; the changes add up. The subject is the user's id.
 */
export const pointsChanged = defineEvent({
  type: 'points.changed',
  exchange: 'users',
  version: 1,
  data: z.object({ userId: z.string(), orderId: z.string(), change: z.int(), balance: z.int() }),
});
