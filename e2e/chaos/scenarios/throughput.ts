import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { describeCpuTime } from '../world/cpu-time.ts';
import { type Books, checkBooks } from '../world/ledger.ts';
import { type Attempt, describeLoad, startLoad } from '../world/load.ts';
import { percentile } from '../../testing/percentile.ts';
import type { World } from '../world/world.ts';

const PER_SECOND = 152;
const LEAST_PER_SECOND = 150;
const MOST_P99_MS = 400;
/** Each of eight processes compiles what it runs often; until then an order takes twice the processor time. */
const WARM_UP = [
  { perSecond: 60, seconds: 4 },
  { perSecond: 120, seconds: 12 },
];

/** Orders at the rate of the goal, whether answers come or not. Everything, the clients too, is on one machine. */
export const throughput: Scenario<World> = {
  name: 'throughput',
  goal: 'at least 150 orders/s created to confirmed, p99 under 400 ms',
  async play(world, { dice, isShort }) {
    const house = await world.house();
    const shop = await house.openShop({ customers: 10, products: 40, pieces: 1_000_000 });
    const warmed: Attempt[] = [];
    for (const { perSecond, seconds } of WARM_UP) {
      const load = startLoad(shop, { perSecond, dice });
      await delay(seconds * 1_000);
      warmed.push(...(await load.stop()));
    }
    const seconds = isShort ? 5 : 20;
    const load = startLoad(shop, { perSecond: PER_SECOND, dice });
    const cpuTime = world.startCpuTime();
    await delay(seconds * 1_000);
    const cpu = describeCpuTime(cpuTime(), load.attempts.length);
    const attempts = await load.stop();
    const faults = await checkBooks(world.books, { attempts: [...warmed, ...attempts], settleMs: 20_000 });

    const waits = await waitsUntilConfirmed(world.books, attempts);
    const [p50, p99] = [0.5, 0.99].map((share) => Math.round(percentile(waits, share)));
    const told = describeLoad(attempts);
    const perSecond = waits.length / seconds;
    if (perSecond < LEAST_PER_SECOND) faults.push(`${perSecond.toFixed(1)} orders/s, and not ${LEAST_PER_SECOND}`);
    if ((p99 ?? 0) >= MOST_P99_MS) faults.push(`p99 of ${p99} ms`);
    const facts = { ...told, perSecond, confirmedP50Ms: p50 ?? 0, confirmedP99Ms: p99 ?? 0 };
    const measured = `${perSecond.toFixed(0)} orders/s; from sent to CONFIRMED p50 ${p50} ms, p99 ${p99} ms (answer: p50 ${told.p50Ms} ms, p99 ${told.p99Ms} ms); CPU ms per order ${cpu}`;
    return { measured, facts, faults };
  },
};

/** How long each placed order took from the moment that it was due until it was confirmed, in milliseconds. */
async function waitsUntilConfirmed(books: Books, attempts: readonly Attempt[]): Promise<number[]> {
  const dueAt = new Map(attempts.map(({ key, at }) => [key, performance.timeOrigin + at]));
  const rows = await books.fork().execute<{ key: string; ms: number }[]>(
    `select idempotency_key as key, (extract(epoch from way.at) * 1000)::float8 as ms from orders.orders
     join orders.order_transitions way on way.order_id = orders.id and way.to_status = 'CONFIRMED'
     where idempotency_key = any(?::text[])`,
    [`{${[...dueAt.keys()].join(',')}}`],
  );
  return rows.map(({ key, ms }) => ms - (dueAt.get(key) ?? 0));
}
