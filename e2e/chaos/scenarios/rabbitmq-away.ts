import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@storefront/platform/testing/until.ts';
import type { Outcome, Scenario } from '../../testing/scenarios/scenario.ts';
import { type Diaries, openDiaries } from '../world/diaries.ts';
import { checkBooks } from '../world/ledger.ts';
import { describeLoad, startLoad } from '../world/load.ts';
import type { World } from '../world/world.ts';

const PER_SECOND = 50;
const MOST_P99_MS = 500;
const BACKLOG_GONE_MS = 15_000;

type Options = Parameters<Scenario<World>['play']>[1];

/** RabbitMQ loses its power, again and again, while orders come. */
export const rabbitmqKilled: Scenario<World> = {
  name: 'rabbitmq-killed',
  goal: 'RabbitMQ kill -9, 10 times, under 50 orders/s: 0 lost; backlog gone 15 s after; createOrder p99 under 500 ms',
  play: (world, options) =>
    underLoad(world, options, async (backlogGone) => {
      const gone: number[] = [];
      for (let time = 0; time < (options.isShort ? 1 : 10); time += 1) {
        await delay(1_000 + options.dice.below(1_500));
        await world.servers.rabbitmq.kill();
        await delay(options.dice.below(2_000));
        await world.servers.rabbitmq.restart();
        gone.push(await backlogGone());
      }
      return gone;
    }),
};

/** RabbitMQ stands still for half a minute, with every connection open. */
export const rabbitmqFrozen: Scenario<World> = {
  name: 'rabbitmq-frozen',
  goal: 'RabbitMQ frozen 30 s under 50 orders/s: the same',
  play: (world, options) =>
    underLoad(world, options, async (backlogGone) => {
      await delay(2_000);
      await world.servers.rabbitmq.freeze(options.isShort ? 8_000 : 30_000);
      return [await backlogGone()];
    }),
};

/** Plays a mishap under load. `mishap` gets what measures how long the backlog lasts, and returns those times. */
async function underLoad(
  world: World,
  { dice }: Options,
  mishap: (backlogGone: () => Promise<number>) => Promise<readonly number[]>,
): Promise<Outcome> {
  const house = await world.house();
  const shop = await house.openShop({ customers: 10, products: 30, pieces: 1_000_000 });
  const diaries: Diaries = await openDiaries(house.sockets, shop.customers.slice(0, 4), shop);
  try {
    const load = startLoad(shop, { perSecond: PER_SECOND, dice });
    const goneMs = await mishap(() => measureBacklog(world));
    const attempts = await load.stop();
    const faults = await checkBooks(world.books, { attempts, settleMs: 60_000 });
    faults.push(...(await diaries.check(attempts, 30_000)));
    const told = describeLoad(attempts);
    const worstMs = Math.round(Math.max(...goneMs));
    if (told.p99Ms >= MOST_P99_MS) faults.push(`p99 of createOrder is ${told.p99Ms} ms`);
    if (worstMs > BACKLOG_GONE_MS) faults.push(`the backlog was gone after ${worstMs} ms`);
    const measured = `${told.placed} orders, none lost, ${told.indeterminate} not answered; p99 ${told.p99Ms} ms; backlog gone after ${worstMs} ms at most`;
    return { measured, facts: { ...told, backlogGoneMs: worstMs, times: goneMs.length }, faults };
  } finally {
    await diaries.close();
  }
}

/** How long it takes until no event is older than two seconds: orders go on coming. */
async function measureBacklog({ books }: World): Promise<number> {
  const startedAt = performance.now();
  const sql = `select 1 from orders.outbox where published_at is null and created_at < now() - interval '2 s' union all
    select 1 from products.outbox where published_at is null and created_at < now() - interval '2 s' union all
    select 1 from users.outbox where published_at is null and created_at < now() - interval '2 s' limit 1`;
  await until(async () => (await books.fork().execute(sql)).length === 0, { timeoutMs: 60_000 }).catch(() => undefined); // the time tells
  return performance.now() - startedAt;
}
