import { RedisPubSub } from 'graphql-redis-subscriptions';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import type { LiveEntry, Placement } from './live-store.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';

/** What a feed wants to hear of its stream. */
export interface WakeListener {
  /** An entry was added. Wakes can come twice, late, out of order, or not at all. */
  onWake(entry: LiveEntry): void;
  /** Wakes may have been lost: look into the stream. */
  onGap(): void;
}

/** Tells the feeds of every gateway replica that a stream has a new entry. */
export interface Wakes {
  /** Resolves once listening; the result ends it. */
  attach(stream: string, listener: WakeListener): Promise<() => void>;
  /** Tells all replicas. */
  announce(event: DomainEvent, placements: readonly Placement[]): Promise<void>;
}

/**
 * Wakes over Redis channels, one per stream, shared by all feeds of a process that read it.
 * `subscriber` must be a connection of its own; when it has reconnected, every feed is told of a possible gap.
 */
export function createWakes(connections: { publisher: Redis; subscriber: Redis }): Wakes {
  const pubsub = new RedisPubSub(connections);
  const listeners = new Set<WakeListener>();
  connections.subscriber.on('ready', () => {
    for (const listener of listeners) listener.onGap();
  });
  return {
    async attach(stream, listener) {
      const subscription = await pubsub.subscribe<LiveEntry>(stream, (entry) => listener.onWake(entry));
      listeners.add(listener);
      return () => {
        if (listeners.delete(listener)) pubsub.unsubscribe(subscription);
      };
    },
    async announce(event, placements) {
      await Promise.all(
        placements.map(({ stream, id, previous }) => pubsub.publish<LiveEntry>(stream, { id, previous, event })),
      );
    },
  };
}
