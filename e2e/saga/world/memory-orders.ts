import { announce } from '@storefront/orders/src/domain/announce.ts';
import { eventOf, type Order, type Transition } from '@storefront/orders/src/domain/order.ts';
import type { OrderStore } from '@storefront/orders/src/use-cases/ports.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';

/** The orders of a world without servers, and what they have announced. */
export interface MemoryOrders {
  readonly store: OrderStore;
  all(): readonly Order[];
  historyOf(id: string): readonly Transition[];
}

interface Entry {
  order: Order;
  readonly history: (Transition & { readonly eventId: string })[];
}

/** What such a store works with. `step` is where others may go first; it stands for the way to the database and back. */
export interface MemoryDeps {
  send(event: DomainEvent): void;
  newEventId(): string;
  step(label: string): Promise<void>;
}

/** Keeps orders as the store in Postgres does: a change and its event happen together, by compare-and-set on the status. */
export function createMemoryOrders({ send, newEventId, step }: MemoryDeps): MemoryOrders {
  const entries = new Map<string, Entry>();
  const store: OrderStore = {
    async find(id) {
      await step(`read order ${id}`);
      return entries.get(id)?.order ?? null;
    },
    readClaim: async () => ({ phase: 'free' }),
    async add({ transition, events, lines: _lines, ...facts }) {
      await step('store an order');
      const id = String(entries.size + 1);
      const order: Order = { ...facts, id, status: 'PENDING', rejectionReason: null, updatedAt: facts.placedAt };
      const eventId = newEventId();
      entries.set(id, { order, history: [{ ...transition, eventId }] });
      for (const event of events) send(announce(order, event, { id: eventId }));
      return { phase: 'stored', order };
    },
    async commit({ order, from, transition, events }) {
      await step(`change order ${order.id} from ${from} to ${order.status}`);
      const entry = entries.get(order.id);
      if (entry?.order.status !== from) return false;
      const eventId = newEventId();
      entry.order = order;
      entry.history.push({ ...transition, eventId });
      for (const event of events) send(announce(order, event, { id: eventId }));
      return true;
    },
    async lockPendingBefore(instant, limit) {
      await step('look for orders that wait');
      const waiting = [...entries.values()].filter(
        ({ order }) => order.status === 'PENDING' && order.placedAt.getTime() < instant.getTime(),
      );
      return waiting.slice(0, limit).map(({ order }) => order);
    },
    async announceAgain(id) {
      await step(`tell the end of order ${id} again`);
      const entry = entries.get(id);
      const last = entry?.history.at(-1);
      const event = last && eventOf(last);
      if (!entry || !last || !event) return false;
      send(announce(entry.order, event, { id: last.eventId }));
      return true;
    },
    forgetBuyer: async () => undefined,
    together: (work) => work(store),
  };
  return {
    store,
    all: () => [...entries.values()].map(({ order }) => order),
    historyOf: (id) => entries.get(id)?.history ?? [],
  };
}
