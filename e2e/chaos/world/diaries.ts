import type { Customer } from '../../testing/customers.ts';
import { type LiveTest, subscribe } from '../../testing/graphql.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { type Attempt, type Shop, tryToOrder } from './load.ts';

/** What subscribers have been told, one diary for each customer. */
export interface Diaries {
  /**
   * Returns what is wrong, in sentences: an order of somebody else, an order twice, or one that its buyer placed and was
   * not told of. Waits for what is still due.
   */
  check(attempts: readonly Attempt[], timeoutMs: number): Promise<string[]>;
  close(): Promise<void>;
}

const query = 'subscription { orderCreated { order { id buyer { id } } } }';

/**
 * Has each customer listen to their orders, at one gateway after the other. A busy gateway takes a while until it listens
 * for them, so that each orders something until they are told of it; that stands in the diary and is due to nobody.
 */
export async function openDiaries(
  sockets: readonly string[],
  customers: readonly Customer[],
  shop: Shop,
): Promise<Diaries> {
  const readers = await Promise.all(
    customers.map(async (customer, index) => {
      const url = sockets[index % sockets.length] ?? '';
      const live = await subscribe(url, { query, token: customer.token });
      const lines = shop.productIds.slice(0, 1).map((productId) => ({ productId, quantity: 1 }));
      const isTold = async () => {
        await tryToOrder({ gateway: shop.gateways[0] ?? '', customer, lines });
        return until(() => live.waiting.length > 0, { timeoutMs: 2_000 });
      };
      await until(isTold, { timeoutMs: 60_000 });
      return { customer, live, told: [] as string[] };
    }),
  );
  return {
    check: async (attempts, timeoutMs) => {
      const faults: string[] = [];
      for (const { customer, live, told } of readers) {
        const own = attempts.filter(({ buyerId, outcome }) => buyerId === customer.id && outcome === 'placed');
        const due = new Set(own.map(({ orderId }) => orderId));
        const foreign = await readUntil(live, { told, due, buyerId: customer.id, timeoutMs });
        const missing = [...due].filter((id) => id !== null && !told.includes(id));
        const twice = told.length - new Set(told).size;
        if (foreign > 0) faults.push(`${customer.name} was told of ${foreign} orders of others`);
        if (twice > 0) faults.push(`${customer.name} was told of ${twice} orders twice`);
        if (missing.length > 0) faults.push(`${customer.name} was not told of ${missing.length} orders: ${missing[0]}`);
      }
      return faults;
    },
    close: async () => void (await Promise.all(readers.map(({ live }) => live.close()))),
  };
}

interface Reading {
  readonly told: string[];
  readonly due: ReadonlySet<string | null>;
  readonly buyerId: string;
  readonly timeoutMs: number;
}

async function readUntil(live: LiveTest, { told, due, buyerId, timeoutMs }: Reading): Promise<number> {
  const deadline = performance.now() + timeoutMs;
  let foreign = 0;
  const isMissing = () => [...due].some((id) => id !== null && !told.includes(id));
  while (live.waiting.length > 0 || (isMissing() && performance.now() < deadline)) {
    const answer = await live.next(Math.max(50, Math.min(1_000, deadline - performance.now()))).catch(() => null);
    const event = answer?.data?.['orderCreated'] as { order: { id: string; buyer: { id: string } | null } } | undefined;
    if (!event) continue;
    told.push(event.order.id);
    if (event.order.buyer && event.order.buyer.id !== buyerId) foreign += 1;
  }
  return foreign;
}
