import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { checkBooks } from '../world/ledger.ts';
import { type Attempt, describeLoad, startLoad } from '../world/load.ts';
import type { World } from '../world/world.ts';

const PER_SECOND = 20;
const BACK_WITHIN_MS = 5_000;

/** Postgres loses its power while orders come. */
export const postgresKilled: Scenario<World> = {
  name: 'postgres-killed',
  goal: 'Postgres kill -9 under load: writes go on within 5 s of its return, 0 acknowledged lost',
  async play(world, { dice, isShort }) {
    const house = await world.house();
    const shop = await house.openShop({ customers: 5, products: 20, pieces: 1_000_000 });
    const load = startLoad(shop, { perSecond: PER_SECOND, dice });
    const returns: number[] = [];
    for (let time = 0; time < (isShort ? 1 : 5); time += 1) {
      await delay(2_000 + dice.below(1_000));
      await world.servers.postgres.kill();
      await delay(dice.below(3_000));
      await world.servers.postgres.restart();
      returns.push(performance.now());
      await delay(6_000);
    }
    const attempts = await load.stop();
    const faults = await checkBooks(world.books, { attempts, settleMs: 90_000 });
    const firstMs = returns.map((at) => firstAfter(attempts, at) - at);
    const worstMs = Math.round(Math.max(...firstMs));
    if (worstMs > BACK_WITHIN_MS) faults.push(`the first order after its return took ${worstMs} ms`);
    const told = describeLoad(attempts);
    const facts = { ...told, kills: returns.length, firstWriteMs: worstMs };
    const measured = `${returns.length} kills: ${told.placed} orders, none lost, ${told.indeterminate} not answered; writes go on after ${worstMs} ms at most`;
    return { measured, facts, faults };
  },
};

/** When the first order was acknowledged after an instant. */
function firstAfter(attempts: readonly Attempt[], at: number): number {
  const ends = attempts.filter(({ outcome }) => outcome === 'placed').map((attempt) => attempt.at + attempt.tookMs);
  return Math.min(...ends.filter((end) => end > at), Infinity);
}
