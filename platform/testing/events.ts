import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderConfirmed } from '@storefront/schema/events/order-confirmed.ts';
import { v7 } from 'uuid';

/** An event as orders would publish it, another one each time: the order with this id is confirmed. */
export function confirmed(orderId = '1'): DomainEvent {
  return orderConfirmed.create({
    id: v7(),
    source: 'orders',
    subject: orderId,
    time: new Date(),
    audience: ['1'],
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data: { orderId, buyerId: '1', total: { amountMinor: 100, currency: 'EUR' } },
  });
}
