import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import { reject } from '../domain/order.ts';
import { changeOrder } from './change-order.ts';
import type { Clock, OrderStore } from './ports.ts';

/**
 * Tells products what became of an order whose pieces it has set aside for too long: an order that still waits for its
 * stock is given up; the end of any other is told once more, in case that was lost. So an order is never both confirmed
 * and without its stock: it is orders alone who decides.
 */
export async function answerExpiry(
  { orders, clock }: { readonly orders: OrderStore; readonly clock: Clock },
  orderId: string,
): Promise<void> {
  if (!isRowId(orderId)) return;
  const outcome = await changeOrder(orders, orderId, (order) => reject(order, 'TIMED_OUT', clock.now()));
  if (outcome.phase === 'not-allowed') await orders.announceAgain(orderId);
}
