import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderCancelled } from '@storefront/schema/events/order-cancelled.ts';
import { type Notice, cancelledMessage, pointsFor } from '../domain/notification.ts';

/** Tells the buyer that the order was cancelled, and takes back what a confirmed one had earned. @throws EventRefused */
export function onOrderCancelled(event: DomainEvent): Notice {
  const { id, type, time, data } = orderCancelled.parse(event);
  const earned = data.wasConfirmed ? pointsFor(data.total) : 0;
  const message = cancelledMessage(data.orderId, data.reason, earned);
  return { userId: data.buyerId, eventId: id, type, message, points: 0 - earned, at: new Date(time) };
}
