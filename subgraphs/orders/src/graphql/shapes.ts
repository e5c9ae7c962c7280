import type { Order, OrderLine } from '../domain/order.ts';

/** What an `Order` resolves from. */
export type OrderShape = Order;

/** What an `OrderLine` resolves from: the line and the currency of its order. */
export interface OrderLineShape extends OrderLine {
  readonly currency: string;
}

/** What an `OrderEvent` resolves from; the order is read when it is asked for. */
export interface OrderEventShape {
  readonly cursor: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly orderId: string;
}

/** A user of the users service, known by id alone. */
export interface UserReference {
  readonly id: string;
}

/** A product of the products service: its id, and its weight when a query required it. */
export interface ProductReference {
  readonly id: string;
  readonly weightGrams?: number;
}
