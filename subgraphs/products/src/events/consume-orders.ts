import type { Bus } from '@storefront/platform/bus/bus.ts';
import { PermanentFault } from '@storefront/platform/bus/bus.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { EventRefused } from '@storefront/schema/events/event.ts';
import { orderConfirmed } from '@storefront/schema/events/order-confirmed.ts';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import { productStock } from '@storefront/schema/events/queues.ts';
import type { AnnouncerDeps } from '../use-cases/announcer.ts';
import { createAnnouncer } from '../use-cases/announcer.ts';
import type { ReservationLedger } from '../use-cases/ports.ts';
import { type ReserveStockDeps, reserveStockOfAll, type StockRequest } from '../use-cases/reserve-stock.ts';
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
    handleAll: (events) => handleAll(deps, events),
  });
}

/** New orders together, confirmed ones together; what is rare, and what cannot be done together, one by one. */
async function handleAll(deps: ConsumeOrdersDeps, events: readonly DomainEvent[]): Promise<void> {
  const [created, confirmed, others] = [[], [], []] as [DomainEvent[], DomainEvent[], DomainEvent[]];
  for (const event of events) {
    if (event.type === orderCreated.type) created.push(event);
    else (event.type === orderConfirmed.type ? confirmed : others).push(event);
  }
  const left = [...(await reserveTogether(deps, created)), ...(await sellTogether(deps, confirmed)), ...others];
  for (const event of left) await handle(deps, event);
}

async function reserveTogether(
  deps: ConsumeOrdersDeps,
  created: readonly DomainEvent[],
): Promise<readonly DomainEvent[]> {
  if (created.length === 0) return [];
  const requests = created.map((event) => readRequest(deps, event));
  const isDone = await reserveStockOfAll({ ...deps, announce: createAnnouncer(deps) }, requests);
  return isDone ? [] : created;
}

async function sellTogether({ ledger }: ConsumeOrdersDeps, confirmed: readonly DomainEvent[]): Promise<DomainEvent[]> {
  if (confirmed.length === 0) return [];
  const messages = confirmed.map((event) => ({ eventId: event.id, orderId: orderConfirmed.parse(event).data.orderId }));
  const left = new Set((await ledger.sellAll(messages)).map(({ eventId }) => eventId));
  return confirmed.filter(({ id }) => left.has(id));
}

function readRequest(deps: ConsumeOrdersDeps, event: DomainEvent): StockRequest {
  const { id, data, traceparent } = orderCreated.parse(event);
  const message = { eventId: id, orderId: data.orderId };
  return { message, lines: data.lines, announce: createAnnouncer(deps, traceparent) };
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
