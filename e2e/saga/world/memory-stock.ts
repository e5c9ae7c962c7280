import type { OrderLine, ReservationPhase } from '@storefront/products/src/domain/reservation.ts';
import type { ReservationLedger, ReservedOrder } from '@storefront/products/src/use-cases/ports.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { MemoryDeps } from './memory-orders.ts';

/** The pieces of one product. */
export interface Pieces {
  readonly initial: number;
  available: number;
  reserved: number;
  sold: number;
}

/** The stock of a world without servers. */
export interface MemoryStock {
  readonly ledger: ReservationLedger;
  pieces(): readonly Readonly<Pieces>[];
  phaseOf(orderId: string): ReservationPhase;
}

interface Entry {
  phase: ReservationPhase;
  lines: readonly OrderLine[];
  expiresAt: Date;
}

/** Keeps reservations as the ledger in Postgres does: messages about one order take turns, each has its effect once. */
export function createMemoryStock(initial: Readonly<Record<string, number>>, { send, step }: MemoryDeps): MemoryStock {
  const stock = new Map<string, Pieces>(
    Object.entries(initial).map(([id, count]) => [id, { initial: count, available: count, reserved: 0, sold: 0 }]),
  );
  const entries = new Map<string, Entry>();
  const inbox = new Set<string>();
  const turns = new Map<string, Promise<unknown>>();
  const entryOf = (orderId: string): Entry => {
    const entry = entries.get(orderId) ?? { phase: 'unknown', lines: [], expiresAt: new Date(0) };
    entries.set(orderId, entry);
    return entry;
  };
  const ledger: ReservationLedger = {
    once(message, effect) {
      const before = turns.get(message.orderId) ?? Promise.resolve();
      const mine = before.then(async () => {
        await step(`products takes a message about order ${message.orderId}`);
        if (inbox.has(message.eventId)) return 'duplicate' as const;
        const events = await effect(openOrder(stock, entryOf(message.orderId)));
        inbox.add(message.eventId);
        for (const event of events) send(event);
        return 'applied' as const;
      });
      turns.set(
        message.orderId,
        mine.catch(() => undefined),
      );
      return mine;
    },
    holdAll: async () => false, // one by one
    sellAll: async (messages) => messages,
    async extendExpired({ now, again, limit }, tell) {
      await step('products looks for pieces that are held for too long');
      const overdue = [...entries]
        .filter(([, { phase, expiresAt }]) => phase === 'held' && expiresAt < now)
        .slice(0, limit);
      const events: DomainEvent[] = overdue.map(([orderId]) => tell(orderId));
      for (const [, entry] of overdue) entry.expiresAt = again;
      for (const event of events) send(event);
      return overdue.length;
    },
  };
  return { ledger, pieces: () => [...stock.values()], phaseOf: (orderId) => entries.get(orderId)?.phase ?? 'unknown' };
}

function openOrder(stock: Map<string, Pieces>, entry: Entry): ReservedOrder {
  const { phase } = entry;
  const move = (from: 'available' | 'reserved' | 'sold', to: 'available' | 'reserved' | 'sold') => {
    for (const { productId, quantity } of entry.lines) {
      const pieces = stock.get(productId);
      if (!pieces) continue;
      pieces[from] -= quantity;
      pieces[to] += quantity;
    }
  };
  return {
    phase,
    offers: async (ids) => {
      const offers = ids.flatMap((productId) => {
        const pieces = stock.get(productId);
        return pieces ? [{ productId, available: pieces.available, isWithdrawn: false }] : [];
      });
      return new Map(offers.map((offer) => [offer.productId, offer]));
    },
    hold: async (lines, expiresAt) => {
      Object.assign(entry, { lines, expiresAt, phase: 'held' });
      move('available', 'reserved');
    },
    sell: async () => {
      move('reserved', 'sold');
      entry.phase = 'sold';
    },
    release: async () => {
      if (phase === 'held') move('reserved', 'available');
      if (phase === 'sold') move('sold', 'available');
      entry.phase = 'released';
      return phase === 'unknown' ? [] : entry.lines.map(({ productId }) => productId);
    },
  };
}
