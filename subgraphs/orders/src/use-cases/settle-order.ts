import { type Change, confirm, type NotAllowed, type Order, reject, type RejectionReason } from '../domain/order.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import { changeOrder, type ChangeOutcome } from './change-order.ts';
import type { Clock, OrderStore } from './ports.ts';

/** What products answered for the stock of an order. */
export type StockAnswer =
  | { readonly phase: 'reserved' }
  | { readonly phase: 'rejected'; readonly reason: Exclude<RejectionReason, 'TIMED_OUT'> };

/**
 * Confirms or rejects an order on products' answer. An answer that comes late or again changes nothing: whoever ended
 * the order meanwhile announced that, and products releases the stock on that event.
 */
export async function settleOrder(
  { orders, clock }: { readonly orders: OrderStore; readonly clock: Clock },
  { orderId, answer }: { readonly orderId: string; readonly answer: StockAnswer },
): Promise<ChangeOutcome> {
  if (!isRowId(orderId)) return { phase: 'unknown' };
  return changeOrder(orders, orderId, (order) => decideOnAnswer(order, answer, clock.now()));
}

/** What products' answer changes about an order. */
export function decideOnAnswer(order: Order, answer: StockAnswer, at: Date): Change | NotAllowed {
  return answer.phase === 'reserved' ? confirm(order, at) : reject(order, answer.reason, at);
}
