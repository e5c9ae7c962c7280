import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { describeCpuTime } from '../world/cpu-time.ts';
import { checkBooks } from '../world/ledger.ts';
import { describeLoad, startLoad } from '../world/load.ts';
import { percentile } from '../../testing/percentile.ts';

const LEAST_PER_SECOND = 150;
const MOST_P99_MS = 400;

/** Orders as fast as they come. Everything, the clients too, is on one machine. */
export const throughput: Scenario = {
  name: 'throughput',
  goal: 'at least 150 orders/s created to confirmed, p99 under 400 ms',
  async play(world, { dice, isShort }) {
    const house = await world.house();
    const shop = await house.openShop({ customers: 10, products: 40, pieces: 1_000_000 });
    const warmUp = startLoad(shop, { perSecond: 60, dice });
    await delay(4_000);
    const warmed = await warmUp.stop();

    const load = startLoad(shop, { perSecond: LEAST_PER_SECOND + 5, dice });
    const seconds = isShort ? 5 : 20;
    const startedAt = performance.now();
    const cpuTime = world.startCpuTime();
    await delay(seconds * 1_000);
    const attempts = await load.stop();
    const faults = await checkBooks(world.books, { attempts: [...warmed, ...attempts], settleMs: 20_000 });
    const tookSeconds = (performance.now() - startedAt) / 1_000;

    const used = cpuTime();

    const keys = attempts.map(({ key }) => key);
    const rows = await world.books.fork().execute<{ ms: number }[]>(
      `select (extract(epoch from way.at - orders.placed_at) * 1000)::float8 as ms from orders.orders
       join orders.order_transitions way on way.order_id = orders.id and way.to_status = 'CONFIRMED'
       where idempotency_key = any(?::text[])`,
      [`{${keys.join(',')}}`],
    );
    const confirmMs = percentile(
      rows.map(({ ms }) => ms),
      0.99,
    );
    const told = describeLoad(attempts);
    const perSecond = rows.length / seconds;
    if (perSecond < LEAST_PER_SECOND) faults.push(`${perSecond.toFixed(1)} orders/s, and not ${LEAST_PER_SECOND}`);
    if (told.p99Ms + confirmMs > MOST_P99_MS) faults.push(`p99 of ${Math.round(told.p99Ms + confirmMs)} ms`);
    const facts = { ...told, confirmed: rows.length, perSecond, confirmP99Ms: Math.round(confirmMs), tookSeconds };
    const measured = `${perSecond.toFixed(0)} orders/s; p99 ${told.p99Ms} ms to the answer, ${Math.round(confirmMs)} ms from placed to confirmed; CPU ms per order ${describeCpuTime(used, attempts.length)}`;
    return { measured, facts, faults };
  },
};
