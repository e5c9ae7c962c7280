import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderCancelled } from '@storefront/schema/events/order-cancelled.ts';
import { orderConfirmed } from '@storefront/schema/events/order-confirmed.ts';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import { orderRejected } from '@storefront/schema/events/order-rejected.ts';
import type { Order, OrderEvent } from './order.ts';

/** What the envelope of an event says besides its facts. */
export interface Envelope {
  /** UUIDv7. */
  readonly id: string;
  readonly traceparent?: string | undefined;
}

/** Puts what happened to an order into the public language. Its buyer is the audience. */
export function announce(order: Order, event: OrderEvent, envelope: Envelope): DomainEvent {
  const total = { amountMinor: order.totalMinor, currency: order.currency };
  const parties = { orderId: order.id, buyerId: order.buyerId };
  const facts = {
    ...envelope,
    source: 'orders',
    subject: order.id,
    time: order.updatedAt,
    audience: order.buyerId === null ? [] : [order.buyerId],
  };
  switch (event.type) {
    case 'order.created': {
      const lines = event.lines.map(({ productId, quantity, unitPriceMinor }) => ({
        productId,
        quantity,
        unitPrice: { amountMinor: unitPriceMinor, currency: order.currency },
      }));
      return orderCreated.create({
        ...facts,
        data: { ...parties, lines, total, placedAt: order.placedAt.toISOString() },
      });
    }
    case 'order.confirmed':
      return orderConfirmed.create({ ...facts, data: { ...parties, total } });
    case 'order.rejected':
      return orderRejected.create({ ...facts, data: { ...parties, reason: event.reason } });
    case 'order.cancelled': {
      const { reason, wasConfirmed } = event;
      return orderCancelled.create({ ...facts, data: { ...parties, reason, wasConfirmed, total } });
    }
    default:
      return event satisfies never;
  }
}
