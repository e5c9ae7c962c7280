import { setTimeout as delay } from 'node:timers/promises';
import type { Customer } from '../testing/customers.ts';
import { ask } from '../testing/graphql.ts';

/** An order that was acknowledged. */
export interface PlacedOrder {
  readonly id: string;
  readonly buyerId: string;
  readonly placedAt: number;
}

/** Orders that are placed at a steady pace. */
export interface Load {
  readonly placed: readonly PlacedOrder[];
  /** Stops, and waits for the answers that are due. */
  stop(): Promise<readonly PlacedOrder[]>;
}

const mutation = `mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { order { id } } }
}`;

/** Places orders of the customers in turn, at one gateway after the other. What is not acknowledged is not counted. */
export function startLoad(gateways: readonly string[], customers: readonly Customer[], perSecond: number): Load {
  const placed: PlacedOrder[] = [];
  const underWay = new Set<Promise<void>>();
  const end = new AbortController();
  const place = async (turn: number) => {
    const { id: buyerId, token } = customers[turn % customers.length] as Customer;
    const url = gateways[turn % gateways.length] ?? '';
    const input = { lines: [{ productId: String(1 + (turn % 5)), quantity: 1 }] };
    const answer = await ask(url, { query: mutation, variables: { input }, token });
    const id = answer.data?.createOrder?.order?.id as string | undefined;
    if (id) placed.push({ id, buyerId, placedAt: Date.now() });
  };
  const run = async () => {
    for (let turn = 0; !end.signal.aborted; turn += 1) {
      const placing: Promise<void> = place(turn)
        .catch(() => undefined) // a gateway that was killed
        .finally(() => underWay.delete(placing));
      underWay.add(placing);
      await delay(1_000 / perSecond, undefined, { signal: end.signal }).catch(() => undefined); // only an abort rejects
    }
  };
  const running = run();
  return {
    placed,
    async stop() {
      end.abort();
      await running;
      await Promise.all(underWay);
      return placed;
    },
  };
}
