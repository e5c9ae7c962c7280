import { setImmediate as nextTurn } from 'node:timers/promises';
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
  /** The streams are lost. */
  onLoss(): void;
}

/** An event and the entries that it has become. */
export interface PlacedEvent {
  readonly event: DomainEvent;
  readonly placements: readonly Placement[];
}

/** Tells the feeds of every gateway replica that a stream has a new entry. */
export interface Wakes {
  /** Resolves once listening; the result ends it. */
  attach(stream: string, listener: WakeListener): Promise<() => void>;
  /** Tells all replicas. */
  announce(event: DomainEvent, placements: readonly Placement[]): Promise<void>;
  /** Tells all replicas of several events, in their order and in one trip. */
  announceAll(events: readonly PlacedEvent[]): Promise<void>;
  /** How many feeds listen in this process. */
  readonly listening: number;
  /** Tells every feed of this process that Redis has lost the streams. */
  tellLoss(): void;
}

/** The feeds of one stream in this process: they share one subscription. */
interface Hub {
  readonly listeners: Set<WakeListener>;
  readonly subscription: Promise<number>;
}

/** So many feeds are woken at once; then everything else has a turn. */
const wokenAtOnce = 500;

/**
 * Wakes over Redis channels, one per stream. `subscriber` must be a connection of its own; when it has reconnected, and listens
 * again, every feed is told of a possible gap.
 */
export function createWakes(connections: { publisher: Redis; subscriber: Redis }): Wakes {
  const { publisher, subscriber } = connections;
  const pubsub = new RedisPubSub({ publisher, subscriber: leaveQuietly(subscriber) });
  const hubs = new Map<string, Hub>();
  const tellAll = (tell: (listener: WakeListener) => void) => {
    for (const { listeners } of hubs.values()) for (const listener of listeners) tell(listener);
  };
  subscriber.on('ready', () => {
    const tellGap = () => tellAll((listener) => listener.onGap());
    // The answer to a ping comes after those to the subscriptions that the connection has taken up again.
    subscriber.ping().then(tellGap, tellGap);
  });
  const open = (stream: string): Hub => {
    const listeners = new Set<WakeListener>();
    const subscription = pubsub.subscribe<LiveEntry>(stream, createFanOut(listeners));
    const hub = { listeners, subscription };
    hubs.set(stream, hub);
    return hub;
  };
  const announceAll = (events: readonly PlacedEvent[]) => publishAll(publisher, events);
  return {
    get listening() {
      return [...hubs.values()].reduce((sum, { listeners }) => sum + listeners.size, 0);
    },
    async attach(stream, listener) {
      const hub = hubs.get(stream) ?? open(stream);
      const { listeners, subscription } = hub;
      listeners.add(listener);
      const detach = () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        if (hubs.get(stream) === hub) hubs.delete(stream);
        subscription.then((id) => pubsub.unsubscribe(id)).catch(() => undefined); // never subscribed, so nothing to end
      };
      try {
        await subscription;
      } catch (cause) {
        detach();
        throw cause;
      }
      return detach;
    },
    announce: (event, placements) => announceAll([{ event, placements }]),
    announceAll,
    tellLoss: () => tellAll((listener) => listener.onLoss()),
  };
}

/** In one trip. @throws what Redis says of the first that it does not take */
async function publishAll(publisher: Redis, events: readonly PlacedEvent[]): Promise<void> {
  const trip = publisher.pipeline();
  for (const { event, placements } of events) {
    const json = JSON.stringify(event);
    for (const { stream, id, previous } of placements)
      trip.publish(stream, `{"id":"${id}","previous":"${previous}","event":${json}}`);
  }
  for (const [fault] of (await trip.exec()) ?? []) if (fault) throw fault;
}

/**
 * Hands entries to all listeners, one entry after the other. Thousands of listeners are woken in groups, so that what one group
 * sends is out, and other clients are served, before the next begins.
 */
function createFanOut(listeners: ReadonlySet<WakeListener>): (entry: LiveEntry) => void {
  const entries: LiveEntry[] = [];
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    for (let entry = entries.shift(); entry; entry = entries.shift()) {
      let woken = 0;
      for (const listener of listeners) {
        listener.onWake(entry);
        woken += 1;
        if (woken % wokenAtOnce === 0) await nextTurn();
      }
    }
    isRunning = false;
  };
  return (entry) => {
    entries.push(entry);
    if (!isRunning) void run();
  };
}

/**
 * The library leaves rejections that nobody can handle when a command fails, which on this connection happens at the end of
 * the process alone. To unsubscribe is done then anyway, and nobody waits for a subscription any more.
 */
function leaveQuietly(subscriber: Redis): Redis {
  const ignore = () => undefined;
  return new Proxy(subscriber, {
    get(target, name) {
      if (name === 'unsubscribe') return (channel: string) => target.unsubscribe(channel).catch(ignore);
      if (name === 'punsubscribe') return (pattern: string) => target.punsubscribe(pattern).catch(ignore);
      if (name === 'subscribe')
        return (channel: string, done: (fault?: Error) => void) =>
          void target.subscribe(channel).then(done.bind(null, undefined), ignore);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
