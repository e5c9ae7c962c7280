import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderCancelled } from '@storefront/schema/events/order-cancelled.ts';
import { type Notice, cancelledMessage, takeBack } from '../domain/notification.ts';

/** Tells the buyer that the order was cancelled, and takes back what a confirmed one had earned. @throws EventRefused */
export function onOrderCancelled(event: DomainEvent): Notice {
  const { id, type, time, data } = orderCancelled.parse(event);
  const points = data.wasConfirmed ? takeBack(data.orderId, data.total) : null;
  const message = cancelledMessage(data.orderId, data.reason, Math.abs(points?.change ?? 0));
  return { userId: data.buyerId, eventId: id, type, message, points, at: new Date(time) };
}
