import { startChild } from '../world/children.ts';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { openMailroom } from '../world/mailroom.ts';
import { until } from '@storefront/platform/testing/until.ts';
import type { World } from '../world/world.ts';

/** A relay that dies when the broker has confirmed and nothing is written down yet. */
export const relayKilled: Scenario<World> = {
  name: 'relay-killed',
  goal: 'relay killed between confirm and mark, 100 times: duplicates sent, each effect once',
  async play(world, { isShort }) {
    const times = isShort ? 5 : 100;
    const room = await openMailroom(world);
    try {
      const counting = await room.countEffects();
      let deaths = 0;
      for (let time = 0; time < times; time += 1) {
        await room.append(5, (index) => `${time}-${index}`);
        const child = startChild('relay-that-dies', room.address);
        if ((await child.ended) === 'SIGKILL') deaths += 1;
      }
      const sentByTheDead = counting.deliveries();
      await room.endLeases();
      const relay = await room.startRelay();
      await until(async () => (await room.pending()) === 0, { timeoutMs: 60_000 });
      await until(() => counting.effects() === times * 5, { timeoutMs: 30_000 });
      await relay.close();
      const deliveries = counting.deliveries();
      const faults = [...(await room.checkEffects(times * 5))];
      if (deaths !== times) faults.push(`the relay died ${deaths} times, and not ${times}`);
      if (deliveries <= times * 5) faults.push('nothing was sent twice, so nothing was shown');
      const facts = { deaths, events: times * 5, deliveries, sentByTheDead };
      return {
        measured: `${deaths} deaths; ${times * 5} events, ${deliveries} deliveries, each effect once`,
        facts,
        faults,
      };
    } finally {
      await room.close();
    }
  },
};
