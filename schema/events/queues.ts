import { orderCancelled } from './order-cancelled.ts';
import { orderConfirmed } from './order-confirmed.ts';
import { orderCreated } from './order-created.ts';
import { orderRejected } from './order-rejected.ts';
import { productUpdated } from './product-updated.ts';
import { stockExpired } from './stock-expired.ts';
import { stockRejected } from './stock-rejected.ts';
import { stockReserved } from './stock-reserved.ts';
import { testPublished } from './test-published.ts';
import { userDeleted } from './user-deleted.ts';

/** A queue of events: named `<service>.<what for>`, bound to the exchanges of those who publish what it gets. */
export interface EventQueue {
  readonly queue: string;
  readonly bindings: readonly { readonly exchange: string; readonly routingKeys: readonly string[] }[];
}

/** Users: notifications and loyalty points. */
export const userNotifications: EventQueue = {
  queue: 'users.user_notifications',
  bindings: bind(orderCreated, orderConfirmed, orderRejected, orderCancelled, testPublished),
};

/** Products: stock is set aside, sold and given back. */
export const productStock: EventQueue = {
  queue: 'products.stock',
  bindings: bind(orderCreated, orderConfirmed, orderRejected, orderCancelled),
};

/** Orders: the answers about stock, accounts that are gone, and prices that may have changed. */
export const orderSaga: EventQueue = {
  queue: 'orders.saga',
  bindings: bind(stockReserved, stockRejected, stockExpired, productUpdated, userDeleted),
};

/** Every queue of a service. Each publisher declares them all before it publishes, so that nobody misses a first event. */
export const eventQueues: readonly EventQueue[] = [userNotifications, productStock, orderSaga];

function bind(...events: readonly { type: string; exchange: string }[]): EventQueue['bindings'] {
  const exchanges = [...new Set(events.map(({ exchange }) => exchange))];
  return exchanges.map((exchange) => ({
    exchange,
    routingKeys: events.filter((event) => event.exchange === exchange).map(({ type }) => type),
  }));
}
