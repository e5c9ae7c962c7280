import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '@storefront/platform/bus/bus.ts';
import { ALL_EVENTS } from '@storefront/platform/bus/topology.ts';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { type DomainEvent, EventRefused } from '@storefront/schema/events/event.ts';
import type { LiveStore } from './live-store.ts';
import type { Wakes } from './wakes.ts';

/** The queue that all gateway replicas share: one of them bridges, and another takes over when it is gone. */
export const liveQueue = 'supergraph.live-events';

const longestWaitMs = 1_000;

/** What the bridge works with. */
export interface BridgeDeps {
  readonly bus: Pick<Bus, 'consume'>;
  readonly store: Pick<LiveStore, 'appendAll'>;
  readonly wakes: Pick<Wakes, 'announceAll'>;
  readonly log: Pick<Log, 'warn'>;
  /** Told of each event before it goes on; a fault here is one of Redis too. */
  readonly onEvent?: (event: DomainEvent) => Promise<void>;
}

/**
 * Carries every event of the house from RabbitMQ to Redis: at least once out of the queue, once into the streams, in the
 * order of the queue; what has come while Redis was at work goes in one trip. The broker's message is acknowledged when the event is in the streams and its subscribers have been
 * woken; when the process dies in between, the repeat finds the event there and only wakes them again. While Redis is away the
 * events wait in the queue, however long that takes: none becomes a dead letter for it.
 */
export async function startBridge(deps: BridgeDeps): Promise<{ close(): Promise<void> }> {
  const { bus, store, wakes, log, onEvent } = deps;
  const closing = new AbortController();
  const { signal } = closing;
  const carry = async (events: readonly DomainEvent[]) => {
    for (const event of events) await onEvent?.(event);
    const placed = await store.appendAll(events);
    await wakes.announceAll(events.map((event, at) => ({ event, placements: placed[at] ?? [] })));
  };
  let last: Promise<unknown> = Promise.resolve();
  const handleAll = (events: readonly DomainEvent[]) => {
    const carried = last.then(() => untilDone({ signal, log }, () => carry(events)));
    last = carried.catch(() => undefined); // the queue hears of it
    return carried;
  };
  const consumer = await bus.consume({
    queue: liveQueue,
    bindings: [{ exchange: ALL_EVENTS, routingKeys: ['#'] }],
    isOrdered: true,
    paceMs: 0,
    mixesSubjects: true,
    handleAll,
    handle: (event) => handleAll([event]),
  });
  return {
    close() {
      closing.abort();
      return consumer.close();
    },
  };
}

/** Tries until it succeeds. @throws the last fault when the signal is aborted; EventRefused at once */
async function untilDone(
  { signal, log }: { signal: AbortSignal; log: Pick<Log, 'warn'> },
  task: () => Promise<void>,
): Promise<void> {
  for (let waitMs = 20; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    try {
      return await task();
    } catch (cause) {
      if (signal.aborted || cause instanceof EventRefused) throw cause;
      if (waitMs === longestWaitMs) log.warn({ fault: describeFault(cause) }, 'live events wait for Redis');
      await delay(waitMs, undefined, { signal }).catch(() => undefined); // the next fault ends it
    }
  }
}
