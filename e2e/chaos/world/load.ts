import { randomUUID } from 'node:crypto';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { GraphQLAnswer } from '../../testing/graphql.ts';
import type { Customer } from '../../testing/customers.ts';
import type { Dice } from '../../testing/scenarios/dice.ts';
import { percentile } from '../../testing/percentile.ts';
import { postJson } from './post.ts';

/** Where orders are placed, by whom, and of what. */
export interface Shop {
  /** The addresses of the gateways' graphs. */
  readonly gateways: readonly string[];
  readonly customers: readonly Customer[];
  readonly productIds: readonly string[];
}

/** One try to place an order. `indeterminate`: no answer, or one that does not say whether there is an order. */
export interface Attempt {
  readonly key: string;
  readonly buyerId: string;
  readonly outcome: 'placed' | 'refused' | 'indeterminate';
  readonly orderId: string | null;
  /** What the answer was when it was no order. */
  readonly answer: string;
  /** When it was due, in the time of `performance.now()`; what the client itself was late counts as time that it took. */
  readonly at: number;
  readonly tookMs: number;
}

/** What there is to order. */
export interface OrderRequest {
  readonly gateway: string;
  readonly customer: Customer;
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
  readonly key?: string;
  /** When it was due. Default: now. */
  readonly at?: number;
}

const createOrder = `mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { order { id } } ... on UserError { message } }
}`;

/** Tries to place one order. Never throws. */
export async function tryToOrder({
  gateway,
  customer,
  lines,
  key = randomUUID(),
  at = performance.now(),
}: OrderRequest): Promise<Attempt> {
  const attempt = { key, buyerId: customer.id, orderId: null, at };
  const since = () => performance.now() - at;
  try {
    const variables = { input: { idempotencyKey: key, lines } };
    const answer = (await postJson(gateway, { query: createOrder, variables }, customer.token)) as GraphQLAnswer;
    const result = answer.data?.['createOrder'] as { __typename: string; order?: { id: string } } | null | undefined;
    if (result?.order) return { ...attempt, outcome: 'placed', orderId: result.order.id, answer: '', tookMs: since() };
    const told = result?.__typename ?? codeOf(answer);
    return { ...attempt, outcome: result ? 'refused' : 'indeterminate', answer: told, tookMs: since() };
  } catch (error) {
    return { ...attempt, outcome: 'indeterminate', answer: describeFault(error), tookMs: since() };
  }
}

function codeOf({ errors }: GraphQLAnswer): string {
  const code = errors?.[0]?.extensions?.['code'];
  return typeof code === 'string' ? code : 'nothing';
}

/** Orders that come all the time. */
export interface Load {
  /** What has been tried so far. */
  readonly attempts: readonly Attempt[];
  /** Places no more orders and waits for the answers that are due. */
  stop(): Promise<readonly Attempt[]>;
}

/** Places orders at a fixed rate, whether answers come or not, each of one or two products. */
export function startLoad(shop: Shop, { perSecond, dice }: { perSecond: number; dice: Dice }): Load {
  const attempts: Attempt[] = [];
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  let begun = 0;
  function placeDue(): void {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond;
    for (; begun < due; begun += 1) {
      const [first, second] = [dice.pick(shop.productIds), dice.pick(shop.productIds)];
      const productIds = dice.next() < 0.3 ? new Set([first, second]) : new Set([first]);
      const lines = [...productIds].map((productId) => ({ productId, quantity: 1 + dice.below(3) }));
      const at = startedAt + (begun / perSecond) * 1_000;
      const request = { gateway: dice.pick(shop.gateways), customer: dice.pick(shop.customers), lines, at };
      const work: Promise<void> = tryToOrder(request).then((attempt) => {
        attempts.push(attempt);
        running.delete(work);
      });
      running.add(work);
    }
  }
  const timer = setInterval(placeDue, 5);
  return {
    attempts,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(running);
      return attempts;
    },
  };
}

/** How many were placed, refused and unanswered, and how long the placed ones took. */
export function describeLoad(attempts: readonly Attempt[]) {
  const placed = attempts.filter(({ outcome }) => outcome === 'placed');
  const times = placed.map(({ tookMs }) => tookMs);
  const count = (outcome: Attempt['outcome']) => attempts.filter((attempt) => attempt.outcome === outcome).length;
  return {
    placed: placed.length,
    refused: count('refused'),
    indeterminate: count('indeterminate'),
    p50Ms: Math.round(percentile(times, 0.5)),
    p99Ms: Math.round(percentile(times, 0.99)),
    answers: [...new Set(attempts.filter(({ answer }) => answer !== '').map(({ answer }) => answer))].join(', '),
  };
}
