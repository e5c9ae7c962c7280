import { productUpdated } from '@storefront/schema/events/product-updated.ts';
import { stockChanged } from '@storefront/schema/events/stock-changed.ts';
import { stockExpired } from '@storefront/schema/events/stock-expired.ts';
import { stockRejected } from '@storefront/schema/events/stock-rejected.ts';
import { stockReserved } from '@storefront/schema/events/stock-reserved.ts';
import type { Announcer, Clock } from './ports.ts';

/** What the envelopes of events are made with; `newEventId` gives UUIDv7s. */
export interface AnnouncerDeps {
  readonly clock: Clock;
  readonly newEventId: () => string;
}

/** Announces in the name of this service, as part of the trace that caused it. Source: W3C Trace Context */
export function createAnnouncer({ clock, newEventId }: AnnouncerDeps, traceparent?: string): Announcer {
  const envelope = (subject: string) => ({
    id: newEventId(),
    source: 'products',
    subject,
    time: clock.now(),
    audience: [],
    traceparent,
  });
  return {
    productChanged: (change) => productUpdated.create({ ...envelope(change.productId), data: { ...change } }),
    stockChanged: (productId) => stockChanged.create({ ...envelope(productId), data: { productId } }),
    stockExpired: (orderId) => stockExpired.create({ ...envelope(orderId), data: { orderId } }),
    stockReserved: (orderId) => stockReserved.create({ ...envelope(orderId), data: { orderId } }),
    stockRejected: (orderId, { reason, productId }) =>
      stockRejected.create({ ...envelope(orderId), data: { orderId, reason, productId } }),
  };
}
