import { stockRejected } from '@storefront/schema/events/stock-rejected.ts';
import { settleOrder } from '../use-cases/settle-order.ts';
import type { Reaction } from './reaction.ts';

/** Nothing was set aside: rejects the order. */
export const onStockRejected: Reaction = {
  type: stockRejected.type,
  async handle(deps, event) {
    const { orderId, reason } = stockRejected.parse(event).data;
    await settleOrder(deps, { orderId, answer: { phase: 'rejected', reason } });
  },
};
