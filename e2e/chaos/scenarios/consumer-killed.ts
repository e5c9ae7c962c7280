import { until } from '@storefront/platform/testing/until.ts';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { startChild } from '../world/children.ts';
import { openMailroom } from '../world/mailroom.ts';
import type { World } from '../world/world.ts';

/** A consumer that dies when its effect is committed and the broker does not know it yet. */
export const consumerKilled: Scenario<World> = {
  name: 'consumer-killed',
  goal: 'consumer killed after commit, before ack: one effect',
  async play(world, { isShort }) {
    const times = isShort ? 3 : 20;
    const room = await openMailroom(world);
    try {
      await room.declare();
      const relay = await room.startRelay();
      await room.append(times + 5, (index) => String(index));
      await until(async () => (await room.pending()) === 0, { timeoutMs: 30_000 });
      await relay.close();
      let deaths = 0;
      for (let time = 0; time < times; time += 1) {
        const child = startChild('consumer-that-dies', room.address);
        if ((await child.ended) === 'SIGKILL') deaths += 1;
      }
      const counting = await room.countEffects();
      await until(() => counting.effects() + deaths === times + 5, { timeoutMs: 30_000 });
      const faults = [...(await room.checkEffects(times + 5))];
      if (deaths !== times) faults.push(`the consumer died ${deaths} times, and not ${times}`);
      if (counting.deliveries() <= 5) faults.push('nothing came again, so nothing was shown');
      const facts = { deaths, events: times + 5, redeliveries: counting.deliveries() - counting.effects() };
      return { measured: `${deaths} deaths, ${facts.redeliveries} events came again, each effect once`, facts, faults };
    } finally {
      await room.close();
    }
  },
};
