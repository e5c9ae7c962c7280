import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { checkBooks } from '../world/ledger.ts';
import { describeLoad, startLoad } from '../world/load.ts';
import type { World } from '../world/world.ts';

const PER_SECOND = 10;
const ENDS_WITHIN_MS = 60_000;

/** Instances of orders and products lose their power at any moment of the orders that are under way. */
export const servicesKilled: Scenario<World> = {
  name: 'services-killed',
  goal: 'orders or products killed -9 at any moment: every order terminal within 60 s, no orphan reservation',
  async play(world, { dice, isShort }) {
    const { stack, openShop } = await world.house();
    const shop = await openShop({ customers: 5, products: 20, pieces: 1_000_000 });
    const load = startLoad(shop, { perSecond: PER_SECOND, dice });
    const kills = isShort ? 2 : 16;
    for (let kill = 0; kill < kills; kill += 1) {
      await delay(dice.below(1_000));
      const name = (['orders', 'products'] as const)[kill % 2] ?? 'orders';
      const index = dice.below(2);
      await stack.kill(name, index, 'SIGKILL');
      await delay(dice.below(1_000));
      await stack.start(name, index);
    }
    const attempts = await load.stop();
    const endedAt = performance.now();
    const faults = await checkBooks(world.books, { attempts, settleMs: ENDS_WITHIN_MS });
    const settledMs = Math.round(performance.now() - endedAt);
    const told = describeLoad(attempts);
    const measured = `${kills} kills: ${told.placed} orders, none lost, ${told.indeterminate} not answered; all ended within ${settledMs} ms`;
    return { measured, facts: { ...told, kills, settledMs }, faults };
  },
};
