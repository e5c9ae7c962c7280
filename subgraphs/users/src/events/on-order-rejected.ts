import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderRejected } from '@storefront/schema/events/order-rejected.ts';
import { type Notice, rejectedMessage } from '../domain/notification.ts';

/** Tells the buyer that the order was rejected, and why. @throws EventRefused */
export function onOrderRejected(event: DomainEvent): Notice {
  const { id, type, time, data } = orderRejected.parse(event);
  const message = rejectedMessage(data.orderId, data.reason);
  return { userId: data.buyerId, eventId: id, type, message, points: null, at: new Date(time) };
}
