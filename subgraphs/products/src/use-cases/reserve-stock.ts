import type { OrderLine, StockRefusal } from '../domain/reservation.ts';
import { findRefusal, mergeLines } from '../domain/reservation.ts';
import type { Announcer, Clock, OrderMessage, ReservationLedger, ReservedOrder } from './ports.ts';

/** What setting stock aside needs; a reservation expires `reservationMs` after it was made. */
export interface ReserveStockDeps {
  readonly ledger: ReservationLedger;
  readonly announce: Announcer;
  readonly clock: Clock;
  readonly reservationMs: number;
}

/**
 * Sets the pieces of all lines aside, or none, and tells which: `stock.reserved` or `stock.rejected`. An order that is over
 * already (its cancellation was faster) gets nothing but a rejection; one that has its pieces keeps them.
 */
export async function reserveStock(
  deps: ReserveStockDeps,
  message: OrderMessage,
  lines: readonly OrderLine[],
): Promise<void> {
  const { ledger, announce } = deps;
  await ledger.once(message, async (order) => {
    if (order.phase === 'held' || order.phase === 'sold') return [];
    const wanted = mergeLines(lines);
    const refusal = await hold(deps, order, wanted);
    if (refusal) return [announce.stockRejected(message.orderId, refusal)];
    const changed = wanted.map(({ productId }) => announce.stockChanged(productId));
    return [announce.stockReserved(message.orderId), ...changed];
  });
}

async function hold(
  deps: ReserveStockDeps,
  order: ReservedOrder,
  lines: readonly OrderLine[],
): Promise<StockRefusal | null> {
  // The order is over, so nobody reads the reason; the event must name one.
  if (order.phase === 'released') return { reason: 'OUT_OF_STOCK', productId: lines[0]?.productId ?? '' };
  const offers = await order.offers(lines.map(({ productId }) => productId));
  const refusal = findRefusal(lines, offers);
  if (refusal) await order.release();
  else await order.hold(lines, new Date(deps.clock.now().getTime() + deps.reservationMs));
  return refusal;
}

/** An order's wish for pieces, with who tells of it: each message is part of a trace of its own. */
export interface StockRequest {
  readonly message: OrderMessage;
  readonly lines: readonly OrderLine[];
  readonly announce: Pick<Announcer, 'stockReserved'>;
}

/** Sets the pieces of several orders aside at once, or answers false: then each of them must be reserved alone. */
export async function reserveStockOfAll(
  {
    ledger,
    announce,
    clock,
    reservationMs,
  }: Omit<ReserveStockDeps, 'announce'> & { announce: Pick<Announcer, 'stockChanged'> },
  requests: readonly StockRequest[],
): Promise<boolean> {
  const expiresAt = new Date(clock.now().getTime() + reservationMs);
  const wishes = requests.map(({ message, lines, announce: tell }) => ({
    ...message,
    lines: mergeLines(lines),
    expiresAt,
    told: tell.stockReserved(message.orderId),
  }));
  const productIds = new Set(wishes.flatMap(({ lines }) => lines.map(({ productId }) => productId)));
  return ledger.holdAll(wishes, Array.from(productIds, announce.stockChanged));
}
