import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@storefront/platform/testing/until.ts';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { isAlarmed } from '../world/alarms.ts';
import { checkBooks } from '../world/ledger.ts';
import { describeLoad, startLoad } from '../world/load.ts';
import { createManagement } from '../world/management.ts';
import type { World } from '../world/world.ts';

const victims = [
  { service: 'orders', exchange: 'orders', queue: 'users.user_notifications', routingKey: 'order.created' },
  { service: 'orders', exchange: 'orders', queue: 'products.stock', routingKey: 'order.created' },
  { service: 'products', exchange: 'products', queue: 'orders.saga', routingKey: 'stock.reserved' },
] as const;

/** Somebody takes one binding off while the others stay: the broker confirms what a queue does not get. */
export const oneBindingRemoved: Scenario<World> = {
  name: 'one-binding-removed',
  goal: 'one binding among several removed: alarm within 10 s, put back, nothing lost',
  async play(world, { dice, isShort }) {
    const house = await world.house();
    const shop = await house.openShop({ customers: 5, products: 10, pieces: 100_000 });
    const management = createManagement(world.servers.named.rabbitmqManagement);
    const load = startLoad(shop, { perSecond: 10, dice });
    const faults: string[] = [];
    let worstMs = 0;
    for (const { service, ...binding } of isShort ? victims.slice(1) : victims) {
      await delay(1_000 + dice.below(3_000));
      await management.unbindOne(binding);
      const removedAt = performance.now();
      const alarmed = () => isAlarmed(house, service, 'binding');
      await until(alarmed, { timeoutMs: 20_000 }).catch(() => faults.push(`no alarm for ${binding.queue}`));
      worstMs = Math.max(worstMs, Math.round(performance.now() - removedAt));
      await until(async () => !(await alarmed()), { timeoutMs: 15_000 }).catch(() => faults.push('the alarm stays'));
    }
    const attempts = await load.stop();
    faults.push(...(await checkBooks(world.books, { attempts, settleMs: 60_000 })));
    if (worstMs > 10_000) faults.push(`an alarm came after ${worstMs} ms`);
    const facts = { ...describeLoad(attempts), alarmMs: worstMs };
    return { measured: `alarms after ${worstMs} ms at most, ${facts.placed} orders ended well`, facts, faults };
  },
};
