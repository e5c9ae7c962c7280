import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import { type Notice, placedMessage } from '../domain/notification.ts';

/** Tells the buyer that the order was placed. @throws EventRefused */
export function onOrderCreated(event: DomainEvent): Notice {
  const { id, type, time, data } = orderCreated.parse(event);
  const message = placedMessage(data.orderId, data.total);
  return { userId: data.buyerId, eventId: id, type, message, points: null, at: new Date(time) };
}
