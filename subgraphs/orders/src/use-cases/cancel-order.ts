import { cancel } from '../domain/order.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import { changeOrder, type ChangeOutcome } from './change-order.ts';
import type { Clock, OrderStore } from './ports.ts';

/** What calling off an order needs. */
export interface Deps {
  readonly orders: OrderStore;
  readonly clock: Clock;
}

/** Which order, why, and who may: `mayCancel` is asked with the buyer's id, null when the account is gone. */
export interface CancelOrder {
  readonly id: string;
  readonly reason: string | null;
  mayCancel(buyerId: string | null): boolean;
}

/** Calls off an order that is PENDING or CONFIRMED. An order that the caller may not cancel is unknown to them. */
export async function cancelOrder(
  { orders, clock }: Deps,
  { id, reason, mayCancel }: CancelOrder,
): Promise<ChangeOutcome> {
  if (!isRowId(id)) return { phase: 'unknown' };
  return changeOrder(orders, id, (order) => (mayCancel(order.buyerId) ? cancel(order, reason, clock.now()) : null));
}
