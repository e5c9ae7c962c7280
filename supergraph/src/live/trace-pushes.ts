import type { Span, Tracer } from '@storefront/platform/telemetry/tracer.ts';
import { LRUCache } from 'lru-cache';
import type { LiveEvent } from './feed.ts';

/** Makes spans of results on their way to subscribers. */
export interface PushTracing {
  /** Begins when a result is handed to its transport; null when enough of this event's were traced. */
  start(live: LiveEvent, subscriber: { readonly traceparent: string }): Span | null;
}

const rememberedEvents = 1_000;

/**
 * Each span stands in the trace of the change that the event tells, and is linked to the operation that subscribed. An event may
 * have ten thousand subscribers: of each the first `maxPerEvent` are traced.
 */
export function createPushTracing(
  tracer: Tracer,
  { maxPerEvent = 20 }: { readonly maxPerEvent?: number } = {},
): PushTracing {
  const counts = new LRUCache<string, number>({ max: rememberedEvents });
  return {
    start({ event }, { traceparent }) {
      const count = (counts.get(event.id) ?? 0) + 1;
      counts.set(event.id, count);
      if (count > maxPerEvent) return null;
      return tracer.start(`push ${event.type}`, {
        kind: 'producer',
        parent: event.traceparent,
        isRemote: true,
        links: [traceparent],
        attributes: { 'messaging.message.id': event.id, 'cloudevents.event_type': event.type },
      });
    },
  };
}
