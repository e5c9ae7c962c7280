import { setTimeout as delay } from 'node:timers/promises';
import { type Customer, newCustomer } from '../testing/customers.ts';
import { ask, type GraphQLAnswer, subscribe } from '../testing/graphql.ts';
import type { StackAddresses } from '../testing/stack.ts';
import { type Measured, Meter } from './measure.ts';
import type { Profile } from './profiles.ts';

/** What a run came to. */
export interface LoadResult {
  readonly browse: Measured;
  readonly order: Measured;
  /** Events at subscribers: from the answer to the order on. */
  readonly event: Measured;
  /** What was not kept to, in words; empty when all was. */
  readonly broken: readonly string[];
}

type Target = Pick<StackAddresses, 'gateway'>;

const browsing = 'query LoadBrowse { products(first: 10) { nodes { id name price { formatted } unitsSold } } }';
const ordering = `mutation LoadOrder($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { order { id } } }
}`;
const hearing = 'subscription LoadHear { orderCreated { order { id status } } }';
const products = 12;

/** Plays a profile against a graph that runs. It makes accounts and orders of its own. */
export async function runLoad(target: Target, profile: Profile): Promise<LoadResult> {
  const buyers = await inTurn(profile.buyers, (number) => newCustomer(target, `Buyer${number}`));
  const answeredAtMs = new Map<string, number>();
  const startedAtMs = performance.now();
  const meters = { browse: new Meter(startedAtMs), order: new Meter(startedAtMs), event: new Meter(startedAtMs) };
  const endsAtMs = startedAtMs + profile.seconds * 1_000;
  const listeners = await inTurn(profile.subscribers, (number) =>
    listen(target, buyers, { number, meters, answeredAtMs }),
  );
  await Promise.all([
    ...Array.from({ length: profile.browsers }, () => until(endsAtMs, () => browse(target, meters.browse))),
    ...buyers.map((buyer, at) =>
      until(endsAtMs, async () => {
        await order(target, buyer, { at, meter: meters.order, answeredAtMs });
        await delay(profile.orderPauseMs);
      }),
    ),
  ]);
  await Promise.all(listeners.map((listener) => listener.close()));
  const result = { browse: meters.browse.result(), order: meters.order.result(), event: meters.event.result() };
  return { ...result, broken: judge(result, profile) };
}

/** One after the other: accounts cost processor time, and nobody comes all at once. */
async function inTurn<Result>(count: number, make: (number: number) => Promise<Result>): Promise<Result[]> {
  const made: Result[] = [];
  for (let number = 0; number < count; number += 1) made.push(await make(number));
  return made;
}

async function until(endsAtMs: number, act: () => Promise<void>): Promise<void> {
  while (performance.now() < endsAtMs) await act();
}

async function browse(target: Target, meter: Meter): Promise<void> {
  const startedAtMs = performance.now();
  const answer = await ask(target.gateway.graphql, { query: browsing }).catch(() => null);
  if (answer?.data?.products && !answer.errors) meter.add(performance.now() - startedAtMs);
  else meter.fail(codeOf(answer));
}

async function order(
  target: Target,
  { token }: Customer,
  {
    at,
    meter,
    answeredAtMs,
  }: { readonly at: number; readonly meter: Meter; readonly answeredAtMs: Map<string, number> },
): Promise<void> {
  const startedAtMs = performance.now();
  const input = { lines: [{ productId: String(products - (at % products)), quantity: 1 }] };
  const answer = await ask(target.gateway.graphql, { query: ordering, variables: { input }, token }).catch(() => null);
  const id: unknown = answer?.data?.createOrder?.order?.id;
  if (typeof id !== 'string') return meter.fail(codeOf(answer));
  answeredAtMs.set(id, performance.now());
  meter.add(performance.now() - startedAtMs);
}

/** Why an answer is not what was asked for: its first error, else what it came to. */
function codeOf(answer: GraphQLAnswer | null): string {
  if (answer === null) return 'NO_ANSWER';
  const { __typename } = Object(answer.data?.['createOrder']) as { __typename?: string };
  const { code } = Object(answer.errors?.[0]?.extensions) as { code?: string };
  return code ?? __typename ?? 'NOTHING';
}

interface Listening {
  readonly number: number;
  readonly meters: { readonly event: Meter };
  readonly answeredAtMs: ReadonlyMap<string, number>;
}

/** Hears of one buyer's orders. An event may come before the answer to its order: that took no time then. */
async function listen(target: Target, buyers: readonly Customer[], { number, meters, answeredAtMs }: Listening) {
  const buyer = buyers[number % buyers.length];
  if (!buyer) return { close: async () => undefined };
  const live = await subscribe(target.gateway.websocket, { query: hearing, token: buyer.token });
  const over = new AbortController();
  const hear = async () => {
    while (!over.signal.aborted) {
      const event = await live.next(1_000).catch(() => null);
      const { order: placed } = Object(event?.data?.['orderCreated']) as { order?: { id: string } };
      if (placed) meters.event.add(Math.max(0, performance.now() - (answeredAtMs.get(placed.id) ?? Infinity)));
    }
  };
  const heard = hear();
  return {
    async close() {
      over.abort();
      await heard;
      await live.close();
    },
  };
}

function judge(
  { browse: looked, order: placed, event }: Omit<LoadResult, 'broken'>,
  { thresholds }: Profile,
): string[] {
  const all = [looked, placed];
  const total = (read: (one: Measured) => number) => all.reduce((sum, one) => sum + read(one), 0);
  const [failed, shed] = [total((one) => one.failed), total((one) => one.shed)];
  const count = Math.max(1, total((one) => one.count) + failed + shed);
  const { failedPart, shedPart, browseP99Ms, orderP99Ms, eventP99Ms } = thresholds;
  return [
    failed / count > failedPart ? `${failed} of ${count} requests failed` : '',
    shed / count > shedPart ? `${shed} of ${count} requests were shed` : '',
    looked.p99Ms > browseP99Ms ? `browse: 99 % within ${looked.p99Ms} ms, not ${browseP99Ms}` : '',
    placed.p99Ms > orderP99Ms ? `order: 99 % within ${placed.p99Ms} ms, not ${orderP99Ms}` : '',
    event.p99Ms > eventP99Ms ? `event: 99 % within ${event.p99Ms} ms, not ${eventP99Ms}` : '',
    looked.count === 0 || placed.count === 0 || event.count === 0 ? 'something was never done' : '',
  ].filter(Boolean);
}
