import { setTimeout as delay } from 'node:timers/promises';
import { openRedis } from '@storefront/platform/redis/redis.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { startReviews } from '../fourth-subgraph/reviews.ts';
import type { Dice } from '../testing/scenarios/dice.ts';
import type { Diary } from './diary.ts';
import { judge, type Verdict } from './judge.ts';
import type { World } from './world.ts';

/** How large a scenario is played. */
export interface Size {
  readonly ordersPerSecond: number;
  readonly cuts: number;
  readonly subscriptions: number;
  readonly swaps: number;
  /** How many stop reading at one moment. */
  readonly stoppedReaders: number;
  /** Before they do: until a gateway that was just started has its full size, and how long it is watched then. */
  readonly warmUpMs: number;
  readonly calmMs: number;
}

/** Small enough for every run of the tests. */
export const small: Size = {
  ordersPerSecond: 10,
  cuts: 40,
  subscriptions: 20,
  swaps: 2,
  stoppedReaders: 5,
  warmUpMs: 0,
  calmMs: 4_000,
};
/** As the goals have it. */
export const full: Size = {
  ordersPerSecond: 50,
  cuts: 1_000,
  subscriptions: 100,
  swaps: 10,
  stoppedReaders: 20,
  warmUpMs: 20_000,
  calmMs: 10_000,
};

/** So many place the orders of a scenario, and are told of them. */
export const customersOfLoad = 10;

/** Orders come in and nothing is broken, for ten seconds: the latencies that subscribers see of services that are warm. */
export async function steady(world: World, { ordersPerSecond, warmUpMs }: Size): Promise<Verdict> {
  await underLoad(world, ordersPerSecond, () => delay(warmUpMs));
  return underLoad(world, ordersPerSecond, () => delay(10_000));
}

/** Sockets are cut at random while orders come in; clients go on where they were, at another gateway. */
export async function cutSockets(world: World, { ordersPerSecond, cuts }: Size, dice: Dice): Promise<Verdict> {
  return underLoad(world, ordersPerSecond, async (diaries) => {
    for (let cut = 0; cut < cuts; cut += 1) {
      dice.pick(diaries).cut();
      await delay(30 + dice.below(40));
    }
  });
}

/** A subgraph joins and leaves while orders come in: each time the graph is another one. */
export async function swapSchemas(
  world: World,
  { ordersPerSecond, subscriptions, swaps }: Size,
): Promise<Verdict & { closings: number }> {
  const customers = await world.newCustomers(customersOfLoad);
  const diaries = await world.openDiaries(customers, subscriptions / customersOfLoad);
  const load = world.startLoad(customers, ordersPerSecond);
  for (let swap = 0; swap < swaps; swap += 2) {
    const reviews = await startReviews(world.stack);
    await waitForSubgraphs(world, 4);
    await reviews.close();
    await waitForSubgraphs(world, 3);
  }
  const verdict = await judge(diaries, await load.stop());
  const closings = diaries.flatMap((diary) => diary.closings).length;
  for (const diary of diaries) diary.close();
  return { ...verdict, closings };
}

/** RabbitMQ dies without a word and comes back. */
export function killRabbitmq(world: World, { ordersPerSecond }: Size): Promise<Verdict> {
  return underLoad(world, ordersPerSecond, async () => {
    await world.servers.rabbitmq.kill();
    await delay(500);
    await world.servers.rabbitmq.restart();
  });
}

/** Redis dies without a word and comes back with what it had on disk. */
export function killRedis(world: World, { ordersPerSecond }: Size): Promise<Verdict> {
  return underLoad(world, ordersPerSecond, async () => {
    await world.servers.redis.kill();
    await delay(500);
    await world.servers.redis.restart();
    await delay(2_000);
  });
}

/** A gateway dies without a word and comes back; its clients go on at the other one. */
export function killGateway(world: World, { ordersPerSecond }: Size): Promise<Verdict> {
  return underLoad(world, ordersPerSecond, async () => {
    await world.stack.kill('gateway', 1, 'SIGKILL');
    await delay(1_000);
    await world.stack.start('gateway', 1);
  });
}

/** Redis loses everything; how long it takes until the last subscriber has been told, in milliseconds. */
export async function flushRedis(world: World, { subscriptions }: Size): Promise<{ told: number; lastToldMs: number }> {
  const customers = await world.newCustomers(customersOfLoad);
  const diaries = await world.openDiaries(customers, subscriptions / customersOfLoad);
  const redis = await openRedis({ url: world.servers.redis.url, log: createLog({ service: 'test', level: 'silent' }) });
  const flushedAt = Date.now();
  await redis.flushall();
  await redis.quit();
  await until(() => diaries.every(({ expiredAt }) => expiredAt.length > 0), { timeoutMs: 10_000 }).catch(
    () => undefined,
  );
  const told = diaries.filter(({ expiredAt }) => expiredAt.length > 0);
  const lastToldMs = Math.max(...told.map(({ expiredAt }) => (expiredAt[0] ?? 0) - flushedAt));
  for (const diary of diaries) diary.close();
  return { told: told.length, lastToldMs };
}

async function underLoad(
  world: World,
  ordersPerSecond: number,
  disturb: (diaries: readonly Diary[]) => Promise<void>,
): Promise<Verdict> {
  const customers = await world.newCustomers(customersOfLoad);
  const diaries = await world.openDiaries(customers, 2);
  const load = world.startLoad(customers, ordersPerSecond);
  await until(() => load.placed.length >= ordersPerSecond, { timeoutMs: 20_000 });
  await disturb(diaries);
  const before = load.placed.length;
  await until(() => load.placed.length >= before + ordersPerSecond, { timeoutMs: 60_000 });
  const verdict = await judge(diaries, await load.stop());
  for (const diary of diaries) diary.close();
  return verdict;
}

async function waitForSubgraphs(world: World, count: number): Promise<void> {
  for (const gateway of world.stack.replicas?.['gateway'] ?? []) {
    await until(
      async () => {
        const response = await fetch(`${gateway}/ready`);
        const { graph } = (await response.json()) as { graph: { subgraphs: unknown[] } };
        return graph.subgraphs.length === count;
      },
      { timeoutMs: 20_000 },
    );
  }
}
