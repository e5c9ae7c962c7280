import { stockExpired } from '@storefront/schema/events/stock-expired.ts';
import { answerExpiry } from '../use-cases/answer-expiry.ts';
import type { Reaction } from './reaction.ts';

/** Pieces are set aside for too long: answers what became of their order. */
export const onStockExpired: Reaction = {
  type: stockExpired.type,
  async handle(deps, event) {
    await answerExpiry(deps, stockExpired.parse(event).data.orderId);
  },
};
