import { randomUUIDv7 } from 'node:crypto';
import type { OrderLine } from '../domain/reservation.ts';
import { createReservationLedger } from '../storage/reservation-ledger.ts';
import { createAnnouncer } from '../use-cases/announcer.ts';
import { askAboutExpired } from '../use-cases/ask-about-expired.ts';
import { releaseStock } from '../use-cases/release-stock.ts';
import { reserveStock, reserveStockOfAll } from '../use-cases/reserve-stock.ts';
import { sellStock } from '../use-cases/sell-stock.ts';
import type { Bench } from './database.ts';

/** What orders do to the stock of a bench, message by message, and what one sees of it. The clock stands still. */
export function openStockRoom(bench: Bench) {
  const clock = { now: () => new Date('2026-02-01T10:00:00.000Z') };
  const announce = createAnnouncer({ clock, newEventId: () => randomUUIDv7() });
  const ledger = createReservationLedger(bench, 'products.stock');
  const message = (orderId: string, eventId: string = randomUUIDv7()) => ({ orderId, eventId });
  return {
    ledger,
    create: (orderId: string, lines: OrderLine[] = [{ productId: '1', quantity: 2 }], eventId?: string) =>
      reserveStock({ ledger, announce, clock, reservationMs: 60_000 }, message(orderId, eventId), lines),
    createAll: (orders: readonly [orderId: string, lines: OrderLine[], eventId?: string][]) =>
      reserveStockOfAll(
        { ledger, announce, clock, reservationMs: 60_000 },
        orders.map(([orderId, lines, eventId]) => ({ message: message(orderId, eventId), lines, announce })),
      ),
    confirmAll: (orderIds: readonly string[]) => ledger.sellAll(orderIds.map((orderId) => message(orderId))),
    confirm: (orderId: string) => sellStock({ ledger }, message(orderId)),
    cancel: (orderId: string) => releaseStock({ ledger, announce }, message(orderId)),
    /** Looks for pieces that are held past their time, when it is so many minutes later. */
    sweep: (minutesLater: number) => {
      const now = () => new Date(clock.now().getTime() + minutesLater * 60_000);
      return askAboutExpired({ ledger, announce, clock: { now }, reservationMs: 60_000 }, 100);
    },
    stockOf: async (productId: string) => {
      const sql = 'select available, reserved, sold from products.stock where product_id = ?';
      const [row] = await bench.query(sql, [productId]);
      return row;
    },
    answersTo: (orderId: string) =>
      bench.query<{ type: string; data: unknown }>(
        "select type, event->'data' as data from products.outbox where subject = ? order by position",
        [orderId],
      ),
    /** The products whose stock was told to have changed, oldest first. */
    changesTold: async () => {
      const rows = await bench.query<{ subject: string }>(
        "select event->>'subject' as subject from products.outbox where type = 'stock.changed' order by position",
      );
      return rows.map(({ subject }) => subject);
    },
    /** Ten pieces of each product, and no order was ever heard of. */
    reset: async () => {
      await bench.query('truncate products.reservations, products.inbox, products.outbox');
      await bench.query('update products.stock set initial = 10, available = 10, reserved = 0, sold = 0');
    },
  };
}
