import { stockReserved } from '@storefront/schema/events/stock-reserved.ts';
import { settleOrder } from '../use-cases/settle-order.ts';
import type { Reaction } from './reaction.ts';

/** Every line has its stock: confirms the order. */
export const onStockReserved: Reaction = {
  type: stockReserved.type,
  async handle(deps, event) {
    const { orderId } = stockReserved.parse(event).data;
    await settleOrder(deps, { orderId, answer: { phase: 'reserved' } });
  },
};
