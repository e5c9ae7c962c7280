import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@storefront/platform/testing/until.ts';
import { tryToOrder } from '../../chaos/world/load.ts';
import { openDiary } from '../../live/diary.ts';
import { type Customer, newCustomer } from '../../testing/customers.ts';
import { faultsOf, type Scenario } from '../../testing/scenarios/scenario.ts';
import { summarize } from '../world/load.ts';
import type { World } from '../world/world.ts';

const both = { query: '{ user(id: 1) { name } product(id: 1) { name } }' };

/** Orders five times a second until the signal; resolves to the ids of those placed and what became of the others. */
async function order({ gateways }: World, customer: Customer, signal: AbortSignal) {
  const placed: string[] = [];
  const failed: string[] = [];
  for (let turn = 0; !signal.aborted; turn += 1) {
    const gateway = gateways[turn % gateways.length] ?? '';
    const lines = [{ productId: String(1 + (turn % 5)), quantity: 1 }];
    const { orderId, outcome, answer } = await tryToOrder({ gateway, customer, lines });
    if (orderId === null) failed.push(`${outcome} ${answer}`);
    else placed.push(orderId);
    await delay(200, undefined, { signal }).catch(() => undefined); // only an abort rejects
  }
  return { placed, failed };
}

export const rolling: Scenario<World> = {
  name: 'rolling',
  goal: 'rolling restart of everything, five times, under load with subscribers: no request fails, no event is missed',
  async play(world, { isShort }) {
    const { stack, gateways, load: begin, say } = world;
    const sockets = gateways.map((url) => url.replace('http', 'ws'));
    const customer = await newCustomer(stack, 'Rollo');
    const diaries = await Promise.all([openDiary(sockets, customer), openDiary(sockets, customer, 1)]);
    const end = new AbortController();
    const load = begin(both, 50);
    const ordering = order(world, customer, end.signal);
    const times = isShort ? 1 : 5;
    try {
      for (let time = 0; time < times; time += 1)
        for (const name of ['users', 'products', 'orders', 'gateway'] as const) await stack.roll(name, say);
      await delay(1_000);
    } finally {
      end.abort();
    }
    const { placed, failed } = await ordering;
    const all = summarize(await load.stop());
    const missing = () =>
      diaries.flatMap(({ entries }) => placed.filter((id) => !entries.some(({ orderId }) => orderId === id)));
    await until(() => missing().length === 0, { timeoutMs: 15_000 }).catch(() => false); // told below
    const missed = missing().length;
    for (const diary of diaries) diary.close();
    return {
      measured: `${times} times: ${all.failed} of ${all.count} queries failed, ${failed.length} of ${placed.length + failed.length} orders, ${missed} of ${2 * placed.length} events missed`,
      faults: faultsOf([
        [all.failed > 0, `queries failed: ${all.codes}`],
        [failed.length > 0, `orders failed: ${[...new Set(failed)].join()}`],
        [missed > 0, `${missed} events were missed`],
        [placed.length === 0, 'no order was placed'],
      ]),
    };
  },
};
