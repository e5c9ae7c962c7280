import type { Bus } from '@storefront/platform/bus/bus.ts';
import { PermanentFault } from '@storefront/platform/bus/bus.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { EventRefused } from '@storefront/schema/events/event.ts';
import { productStock } from '@storefront/schema/events/queues.ts';
import type { AnnouncerDeps } from '../use-cases/announcer.ts';
import { createAnnouncer } from '../use-cases/announcer.ts';
import type { ReservationLedger } from '../use-cases/ports.ts';
import type { ReserveStockDeps } from '../use-cases/reserve-stock.ts';
import { onOrderCancelled } from './on-order-cancelled.ts';
import { onOrderConfirmed } from './on-order-confirmed.ts';
import { onOrderCreated } from './on-order-created.ts';
import { onOrderRejected } from './on-order-rejected.ts';

const PREFETCH = 20;

type Handler = (deps: ReserveStockDeps, event: DomainEvent) => Promise<void>;

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['order.created', onOrderCreated],
  ['order.confirmed', onOrderConfirmed],
  ['order.cancelled', onOrderCancelled],
  ['order.rejected', onOrderRejected],
]);

/** What following orders needs; a reservation lasts `reservationMs`. */
export interface ConsumeOrdersDeps extends AnnouncerDeps {
  readonly bus: Pick<Bus, 'consume'>;
  readonly ledger: ReservationLedger;
  readonly reservationMs: number;
}

/**
 * Follows orders and keeps the stock in step. Messages come at least once and perhaps late or out of order; the effect of
 * each happens once, and any order of a cancellation and what it cancels ends the same. What can never be right goes
 * straight to the dead letters.
 */
export async function consumeOrders(deps: ConsumeOrdersDeps): Promise<{ close(): Promise<void> }> {
  return deps.bus.consume({
    ...productStock,
    prefetch: PREFETCH,
    handle: (event) => handle(deps, event),
  });
}

async function handle(deps: ConsumeOrdersDeps, event: DomainEvent): Promise<void> {
  const handler = handlers.get(event.type);
  if (!handler) throw new PermanentFault(`${productStock.queue} has no use for ${event.type}`);
  try {
    await handler({ ...deps, announce: createAnnouncer(deps, event.traceparent) }, event);
  } catch (cause) {
    if (cause instanceof EventRefused) throw new PermanentFault(cause.message, { cause });
    throw cause;
  }
}
