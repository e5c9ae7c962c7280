/*
 * The life of an order:
 *
 *   PENDING -> CONFIRMED             products set the stock aside
 *   PENDING -> REJECTED(reason)      products cannot, or nobody answered in time
 *   PENDING, CONFIRMED -> CANCELLED  the buyer or an admin called it off
 *
 * REJECTED and CANCELLED are final. A method that the status does not allow changes nothing and says so, so that
 * late and repeated messages are harmless. Everything here is pure: the caller stores the change.
 */

/** Where an order stands in its life. */
export type OrderStatus = 'PENDING' | 'CONFIRMED' | 'REJECTED' | 'CANCELLED';

/** Why an order could not be fulfilled. */
export type RejectionReason = 'OUT_OF_STOCK' | 'PRODUCT_UNAVAILABLE' | 'TIMED_OUT';

/** An order as it is stored. The total is in minor units of its one currency; times are UTC. */
export interface Order {
  readonly id: string;
  readonly status: OrderStatus;
  readonly rejectionReason: RejectionReason | null;
  /** Null when the account is gone. */
  readonly buyerId: string | null;
  readonly currency: string;
  readonly totalMinor: number;
  readonly placedAt: Date;
  readonly updatedAt: Date;
}

/** One line of an order: the unit price is the one of the moment when the order was placed, in minor units. */
export interface OrderLine {
  readonly productId: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
}

/** One entry of an order's history. `from` is null for the first. */
export interface Transition {
  readonly from: OrderStatus | null;
  readonly to: OrderStatus;
  readonly reason: string | null;
  readonly at: Date;
}

/** What happened to an order, for those who listen. */
export type OrderEvent =
  | { readonly type: 'order.created'; readonly lines: readonly OrderLine[] }
  | { readonly type: 'order.confirmed' }
  | { readonly type: 'order.rejected'; readonly reason: RejectionReason }
  | { readonly type: 'order.cancelled'; readonly reason: string | null; readonly wasConfirmed: boolean };

/** A change that the order allows: the order after it, the entry for its history, the events to announce. */
export interface Change {
  readonly phase: 'changed';
  readonly order: Order;
  readonly from: OrderStatus;
  readonly transition: Transition;
  readonly events: readonly OrderEvent[];
}

/** The order's status does not allow the change; nothing happens. */
export interface NotAllowed {
  readonly phase: 'not-allowed';
  readonly status: OrderStatus;
}

/** Every line has its stock. */
export function confirm(order: Order, at: Date): Change | NotAllowed {
  if (order.status !== 'PENDING') return notAllowed(order);
  return change(order, { to: 'CONFIRMED', reason: null, at }, { type: 'order.confirmed' });
}

/** The order cannot be fulfilled. */
export function reject(order: Order, reason: RejectionReason, at: Date): Change | NotAllowed {
  if (order.status !== 'PENDING') return notAllowed(order);
  const rejected = { ...order, rejectionReason: reason };
  return change(rejected, { to: 'REJECTED', reason, at }, { type: 'order.rejected', reason });
}

/** The order is called off; its event says whether it had been confirmed. */
export function cancel(order: Order, reason: string | null, at: Date): Change | NotAllowed {
  if (order.status !== 'PENDING' && order.status !== 'CONFIRMED') return notAllowed(order);
  const wasConfirmed = order.status === 'CONFIRMED';
  return change(order, { to: 'CANCELLED', reason, at }, { type: 'order.cancelled', reason, wasConfirmed });
}

/** What happened at an entry of the history after the first, as it was told then. */
export function eventOf({ from, to, reason }: Transition): OrderEvent | null {
  switch (to) {
    case 'PENDING':
      return null;
    case 'CONFIRMED':
      return { type: 'order.confirmed' };
    case 'REJECTED':
      return { type: 'order.rejected', reason: (reason ?? 'TIMED_OUT') as RejectionReason };
    case 'CANCELLED':
      return { type: 'order.cancelled', reason, wasConfirmed: from === 'CONFIRMED' };
    default:
      return to satisfies never;
  }
}

function notAllowed({ status }: Order): NotAllowed {
  return { phase: 'not-allowed', status };
}

function change(order: Order, entry: Omit<Transition, 'from'>, event: OrderEvent): Change {
  const from = order.status;
  return {
    phase: 'changed',
    order: { ...order, status: entry.to, updatedAt: entry.at },
    from,
    transition: { from, ...entry },
    events: [event],
  };
}
