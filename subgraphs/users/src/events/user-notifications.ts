import { type Bus, type Consumer, PermanentFault } from '@storefront/platform/bus/bus.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderCancelled } from '@storefront/schema/events/order-cancelled.ts';
import { orderConfirmed } from '@storefront/schema/events/order-confirmed.ts';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import { orderRejected } from '@storefront/schema/events/order-rejected.ts';
import { userNotifications } from '@storefront/schema/events/queues.ts';
import { testPublished } from '@storefront/schema/events/test-published.ts';
import type { Notice } from '../domain/notification.ts';
import { notifyUser, notifyUsers } from '../use-cases/notify-user.ts';
import type { Notices } from '../use-cases/ports.ts';
import { onOrderCancelled } from './on-order-cancelled.ts';
import { onOrderConfirmed } from './on-order-confirmed.ts';
import { onOrderCreated } from './on-order-created.ts';
import { onOrderRejected } from './on-order-rejected.ts';
import { onTestPublished } from './on-test-published.ts';

/** Nobody waits for a notification as for an answer: it may gather a little longer, for fewer statements. */
const PACE_MS = 60;
const PREFETCH = 50;

const handlers: ReadonlyMap<string, (event: DomainEvent) => Notice> = new Map([
  [orderCreated.type, onOrderCreated],
  [orderConfirmed.type, onOrderConfirmed],
  [orderRejected.type, onOrderRejected],
  [orderCancelled.type, onOrderCancelled],
  [testPublished.type, onTestPublished],
]);

/** What turning events into notifications needs. */
export interface UserNotificationsDeps {
  readonly bus: Pick<Bus, 'consume'>;
  readonly notices: Notices;
  /** Told after events, for those who carry notifications further. */
  afterStoring(): void;
}

/**
 * Turns the events of orders into notifications and loyalty points, each once, in whatever order they come: points are
 * booked once for each order and only ever added up, so a cancellation that overtakes its confirmation ends at the same sum.
 */
export function consumeUserNotifications({ bus, notices, afterStoring }: UserNotificationsDeps): Promise<Consumer> {
  return bus.consume({
    ...userNotifications,
    prefetch: PREFETCH,
    paceMs: PACE_MS,
    handle: async (event) => {
      await notifyUser({ notices }, readNotice(event));
      afterStoring();
    },
    handleAll: async (events) => {
      await notifyUsers({ notices }, events.map(readNotice));
      afterStoring();
    },
  });
}

function readNotice(event: DomainEvent): Notice {
  const read = handlers.get(event.type);
  if (!read) throw new PermanentFault(`nobody here knows events of type ${event.type}`);
  return read(event);
}
