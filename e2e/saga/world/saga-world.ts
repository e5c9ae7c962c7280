import { place } from '@storefront/orders/src/domain/place.ts';
import { answerExpiry } from '@storefront/orders/src/use-cases/answer-expiry.ts';
import { cancelOrder } from '@storefront/orders/src/use-cases/cancel-order.ts';
import { expireOrders } from '@storefront/orders/src/use-cases/expire-orders.ts';
import { settleOrder } from '@storefront/orders/src/use-cases/settle-order.ts';
import { onOrderCancelled } from '@storefront/products/src/events/on-order-cancelled.ts';
import { onOrderConfirmed } from '@storefront/products/src/events/on-order-confirmed.ts';
import { onOrderCreated } from '@storefront/products/src/events/on-order-created.ts';
import { onOrderRejected } from '@storefront/products/src/events/on-order-rejected.ts';
import { createAnnouncer } from '@storefront/products/src/use-cases/announcer.ts';
import { askAboutExpired } from '@storefront/products/src/use-cases/ask-about-expired.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { stockRejected } from '@storefront/schema/events/stock-rejected.ts';
import { createMemoryOrders, type MemoryOrders } from './memory-orders.ts';
import { createMemoryStock, type MemoryStock } from './memory-stock.ts';

const MINUTE_MS = 60_000;

/** The saga of orders with its real rules and use cases, and with memory in place of databases and broker. */
export interface SagaWorld {
  readonly orders: MemoryOrders;
  readonly stock: MemoryStock;
  /** What was sent, from the first on; delivering leaves it here, so that it can come again. */
  readonly sent: readonly DomainEvent[];
  /** What nobody has been given yet. */
  waiting(): readonly DomainEvent[];
  place(lines: readonly { readonly productId: string; readonly quantity: number }[]): Promise<string>;
  cancel(orderId: string): Promise<void>;
  /** Hands a message over, once more or for the first time. */
  deliver(event: DomainEvent): Promise<void>;
  /** Both services' sweepers, so many minutes later. */
  sweepOrders(): Promise<void>;
  sweepStock(): Promise<void>;
  passMinutes(minutes: number): void;
}

/** Opens a world with so many pieces of each product. `step` is asked at every trip to a database. */
export function createSagaWorld(
  initial: Readonly<Record<string, number>>,
  step: (label: string) => Promise<void> = async () => undefined,
): SagaWorld {
  let nowMs = Date.UTC(2026, 0, 31);
  let ids = 0;
  const clock = { now: () => new Date(nowMs) };
  const newEventId = () => `event-${(ids += 1)}`;
  const sent: DomainEvent[] = [];
  const waiting = new Set<DomainEvent>();
  const send = (event: DomainEvent) => {
    sent.push(event);
    waiting.add(event);
  };
  const orders = createMemoryOrders({ send, newEventId, step });
  const stock = createMemoryStock(initial, { send, newEventId, step });
  const taken = new Set<string>();
  const deps = { orders: orders.store, clock };
  const shop = {
    ledger: stock.ledger,
    announce: createAnnouncer({ clock, newEventId }),
    clock,
    reservationMs: 15 * MINUTE_MS,
  };

  /** What orders does on products' events, each once. */
  async function atOrders(event: DomainEvent, effect: () => Promise<unknown>): Promise<void> {
    if (taken.has(event.id)) return;
    taken.add(event.id);
    await effect();
  }

  async function deliver(event: DomainEvent): Promise<void> {
    waiting.delete(event);
    const orderId = event.subject;
    switch (event.type) {
      case 'order.created':
        return onOrderCreated(shop, event);
      case 'order.confirmed':
        return onOrderConfirmed(shop, event);
      case 'order.rejected':
        return onOrderRejected(shop, event);
      case 'order.cancelled':
        return onOrderCancelled(shop, event);
      case 'stock.reserved':
        return atOrders(event, () => settleOrder(deps, { orderId, answer: { phase: 'reserved' } }));
      case 'stock.rejected': {
        const { reason } = stockRejected.parse(event).data;
        return atOrders(event, () => settleOrder(deps, { orderId, answer: { phase: 'rejected', reason } }));
      }
      case 'stock.expired':
        return atOrders(event, () => answerExpiry(deps, orderId));
      case 'stock.changed': // for those who keep what they have read
        return undefined;
      default:
        throw new Error(`nobody takes ${event.type}`);
    }
  }
  return {
    orders,
    stock,
    sent,
    waiting: () => [...waiting],
    deliver,
    async place(lines) {
      const quoted = lines.map((line) => ({ ...line, unitPriceMinor: 1_250, currency: 'EUR' }));
      const decision = place({ buyerId: '1', lines: quoted, at: clock.now() });
      if ('invalid' in decision) throw new Error(decision.invalid.message);
      const outcome = await orders.store.add(decision.placed, null);
      if (outcome.phase !== 'stored') throw new Error(`the order was ${outcome.phase}`);
      return outcome.order.id;
    },
    cancel: async (id) => void (await cancelOrder(deps, { id, reason: null, mayCancel: () => true })),
    sweepOrders: async () => void (await expireOrders(deps, { timeoutMs: 15 * MINUTE_MS, batchSize: 10 })),
    sweepStock: async () => void (await askAboutExpired(shop, 10)),
    passMinutes: (minutes) => {
      nowMs += minutes * MINUTE_MS;
    },
  };
}

/** What is wrong at any moment: pieces that are not accounted for, a history that is not one way. */
export function faultsNow({ orders, stock }: SagaWorld): string[] {
  const pieces = stock.pieces().filter(({ initial, available, reserved, sold }) => {
    return initial !== available + reserved + sold || Math.min(available, reserved, sold) < 0;
  });
  const ways = orders.all().filter(({ id, status }) => {
    const way = orders.historyOf(id).map(({ to }) => to);
    return way.at(-1) !== status || new Set(way).size !== way.length;
  });
  return [
    ...pieces.map((each) => `pieces are not accounted for: ${JSON.stringify(each)}`),
    ...ways.map(({ id }) => `the history of order ${id} is not one way`),
  ];
}

/** Lets everything come to its end: messages are delivered in their order, time passes, sweepers sweep. */
export async function settle(world: SagaWorld): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    for (let [next] = world.waiting(); next; [next] = world.waiting()) await world.deliver(next);
    world.passMinutes(16);
    await world.sweepOrders();
    await world.sweepStock();
  }
  for (let [next] = world.waiting(); next; [next] = world.waiting()) await world.deliver(next);
}

/** What is wrong in the end: an order without an end, pieces held for nothing, pieces that are sold and not confirmed. */
export function faultsInTheEnd(world: SagaWorld): string[] {
  const { orders, stock } = world;
  const open = orders.all().filter(({ status }) => status === 'PENDING');
  const wrong = orders.all().filter(({ id, status }) => (status === 'CONFIRMED') !== (stock.phaseOf(id) === 'sold'));
  const held = stock.pieces().filter(({ reserved }) => reserved > 0);
  return [
    ...faultsNow(world),
    ...open.map(({ id }) => `order ${id} has not ended`),
    ...wrong.map(({ id, status }) => `order ${id} is ${status} and its pieces are ${stock.phaseOf(id)}`),
    ...held.map(({ reserved }) => `${reserved} pieces are held for nothing`),
  ];
}
