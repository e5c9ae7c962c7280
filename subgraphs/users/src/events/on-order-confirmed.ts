import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderConfirmed } from '@storefront/schema/events/order-confirmed.ts';
import { type Notice, confirmedMessage, earn } from '../domain/notification.ts';

/** Tells the buyer that the order was confirmed, and gives the points that it earned. @throws EventRefused */
export function onOrderConfirmed(event: DomainEvent): Notice {
  const { id, type, time, data } = orderConfirmed.parse(event);
  const message = confirmedMessage(data.orderId, data.total);
  const points = earn(data.orderId, data.total);
  return { userId: data.buyerId, eventId: id, type, message, points, at: new Date(time) };
}
