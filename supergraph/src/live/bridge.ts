import type { Bus } from '@storefront/platform/bus/bus.ts';
import { ALL_EVENTS } from '@storefront/platform/bus/topology.ts';
import type { LiveStore } from './live-store.ts';
import type { Wakes } from './wakes.ts';

/** The queue that all gateway replicas share: each event is bridged by one of them. */
export const liveQueue = 'supergraph.live';

/**
 * Carries every event of the house from RabbitMQ to Redis: at least once out of the queue, once into the streams.
 * The broker's message is acknowledged when the event is in the streams and its subscribers have been woken; when the process
 * dies in between, the repeat finds the event there and only wakes them again.
 */
export function startBridge(deps: { bus: Bus; store: LiveStore; wakes: Wakes }): Promise<{ close(): Promise<void> }> {
  const { bus, store, wakes } = deps;
  return bus.consume({
    queue: liveQueue,
    bindings: [{ exchange: ALL_EVENTS, routingKeys: ['#'] }],
    handle: async (event) => wakes.announce(event, await store.append(event)),
  });
}
