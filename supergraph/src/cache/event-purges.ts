import type { Bus } from '@storefront/platform/bus/bus.ts';
import type { EventListener } from '@storefront/platform/bus/event-listener.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { CacheRules } from '../composition/read-cache-rules.ts';
import { skeletonOf, type TagFormat, tagsToPurge } from './tag-format.ts';

/** Throws away what events say has changed. */
export interface EventPurges {
  /** True while it is proved that every event is heard in time. */
  readonly isCurrent: () => boolean;
  /** Takes note of what the events of a graph throw away. What earlier ones said still counts: their requests may be under way. */
  readonly onRules: (rules: CacheRules | null) => void;
  close(): Promise<void>;
}

export interface EventPurgesOptions {
  /** How old what is given may be beyond an event, in milliseconds: the proof that all was heard is no older than that. Default 200. */
  readonly leaseMs?: number;
}

/** What is told of changes. */
interface Purged {
  purge(tags: readonly string[]): Promise<void>;
  purgeAll(): Promise<void>;
}

/**
 * Follows the events that the rules of graphs name, from the first graph on that names any. `cache` is asked for when something is to be
 * thrown away. After each time that events could not be heard everything is.
 */
export function followEventPurges(
  { bus, cache }: { readonly bus: Pick<Bus, 'listen'>; readonly cache: () => Purged },
  { leaseMs = 200 }: EventPurgesOptions = {},
): EventPurges {
  const formats = new Map<string, Map<string, TagFormat>>();
  let listener: EventListener | null = null;
  const hear = ({ type, subject }: DomainEvent) => {
    const tags = [...(formats.get(type)?.values() ?? [])].flatMap((format) => tagsToPurge(format, subject));
    if (tags.length > 0) void cache().purge(tags);
  };
  return {
    isCurrent: () => listener !== null && performance.now() - listener.provedAtMs <= leaseMs,
    onRules(rules) {
      if (!rules) return;
      for (const { format, events } of [...rules.tags.values()].flat()) {
        for (const type of events) {
          const known = formats.get(type) ?? new Map<string, TagFormat>();
          formats.set(type, known.set(skeletonOf(format), format));
        }
      }
      listener ??= bus.listen({ onEvent: hear, onOpen: () => void cache().purgeAll() });
      listener.follow([...formats.keys()]);
    },
    close: async () => listener?.close(),
  };
}
