import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { testPublished } from '@storefront/schema/events/test-published.ts';
import type { Notice } from '../domain/notification.ts';

/** Hands on what was sent by hand in the local stack. @throws EventRefused */
export function onTestPublished(event: DomainEvent): Notice {
  const { id, type, time, data } = testPublished.parse(event);
  return { userId: data.userId, eventId: id, type, message: data.message, points: null, at: new Date(time) };
}
