import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@storefront/platform/testing/until.ts';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { isAlarmed } from '../world/alarms.ts';
import { checkBooks } from '../world/ledger.ts';
import { describeLoad, startLoad } from '../world/load.ts';
import { createManagement } from '../world/management.ts';
import type { World } from '../world/world.ts';

/** Somebody takes every binding off the exchange of products, under load; the watch puts them back, and somebody does too. */
export const bindingRemoved: Scenario<World> = {
  name: 'binding-removed',
  goal: 'rows stay pending, alarm within 10 s, nothing lost when it is back',
  async play(world, { dice, isShort }) {
    const house = await world.house();
    const shop = await house.openShop({ customers: 5, products: 10, pieces: 100_000 });
    const management = createManagement(world.servers.named.rabbitmqManagement);
    const load = startLoad(shop, { perSecond: 10, dice });
    await delay(1_000);
    const bindBack = await management.unbind('products');
    const removedAt = performance.now();
    const alarmed = await until(() => isAlarmed(house, 'products', 'unroutable'), { timeoutMs: 20_000 }).catch(
      () => false,
    );
    const alarmMs = Math.round(performance.now() - removedAt);
    const [row] = await world.books
      .fork()
      .execute<{ n: string }[]>('select count(*) as n from products.outbox where published_at is null');
    await delay(isShort ? 1_000 : 10_000);
    await bindBack();
    const attempts = await load.stop();
    const faults = await checkBooks(world.books, { attempts, settleMs: 60_000 });
    const isOver = await until(async () => !(await isAlarmed(house, 'products', 'unroutable')), {
      timeoutMs: 10_000,
    }).catch(() => false);
    const pending = Number(row?.n ?? 0);
    if (!alarmed || alarmMs > 10_000) faults.push(`no alarm within 10 s (${alarmMs} ms)`);
    if (!isOver) faults.push('the alarm does not end');
    if (pending === 0) faults.push('no row was pending');
    const facts = { ...describeLoad(attempts), alarmMs, pending };
    return {
      measured: `alarm after ${alarmMs} ms, ${pending} rows pending, ${facts.placed} orders ended well`,
      facts,
      faults,
    };
  },
};
