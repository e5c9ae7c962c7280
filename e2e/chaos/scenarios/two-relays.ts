import { until } from '@storefront/platform/testing/until.ts';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { startChild } from '../world/children.ts';
import { openMailroom } from '../world/mailroom.ts';
import type { World } from '../world/world.ts';

const SUBJECTS = 400;

/** Two relays in processes of their own share one outbox. */
export const twoRelays: Scenario<World> = {
  name: 'two-relays',
  goal: 'two relays, 10,000 events: none skipped, order kept per aggregate',
  async play(world, { dice, isShort }) {
    const count = isShort ? 1_000 : 10_000;
    const room = await openMailroom(world);
    try {
      const seen = await room.watchOrder();
      const startedAt = performance.now();
      const relays = [startChild('relay', room.address), startChild('relay', room.address)];
      for (let written = 0; written < count; written += 250) {
        await room.append(250, () => `subject-${dice.below(SUBJECTS)}`);
      }
      await until(() => seen.count() >= count, { timeoutMs: 120_000 });
      const seconds = (performance.now() - startedAt) / 1_000;
      await until(async () => (await room.pending()) === 0, { timeoutMs: 40_000 });
      const shares = await Promise.all(relays.map((relay) => relay.stop()));
      const faults = await room.compareOrder(seen.events());
      if (shares.some((share) => share === 0)) faults.push('one of the relays had nothing to do');
      const facts = {
        events: count,
        seconds: Number(seconds.toFixed(1)),
        first: shares[0] ?? 0,
        second: shares[1] ?? 0,
      };
      return { measured: `${count} events in ${seconds.toFixed(1)} s, ${shares.join(' and ')} by each`, facts, faults };
    } finally {
      await room.close();
    }
  },
};
