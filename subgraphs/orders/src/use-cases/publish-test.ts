import { testPublished } from '@storefront/schema/events/test-published.ts';
import type { Announcer, Clock } from './ports.ts';

/** What sending an event by hand needs. */
export interface Deps {
  readonly announcer: Announcer;
  readonly clock: Clock;
  newEventId(): string;
}

/** Sends a `test.published` event to one user, the way every other event travels. */
export async function publishTest(
  { announcer, clock, newEventId }: Deps,
  { userId, message, traceparent }: { readonly userId: string; readonly message: string; readonly traceparent: string },
): Promise<{ readonly id: string; readonly type: string }> {
  const event = testPublished.create({
    id: newEventId(),
    source: 'orders',
    subject: userId,
    time: clock.now(),
    audience: [userId],
    traceparent,
    data: { userId, message },
  });
  await announcer.publish(event);
  return { id: event.id, type: event.type };
}
