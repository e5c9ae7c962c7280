import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@storefront/platform/testing/until.ts';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { choosePoint, type KillPoint, killPoints } from '../world/kill-points.ts';
import { checkBooks } from '../world/ledger.ts';
import { describeLoad, startLoad } from '../world/load.ts';
import type { House, World } from '../world/world.ts';

const PER_SECOND = 10;
const ENDS_WITHIN_MS = 60_000;

/** An instance of orders or products loses its power at each step of the orders that are under way, one step after the other. */
export const killedAtEachStep: Scenario<World> = {
  name: 'killed-at-each-step',
  goal: 'orders or products killed -9 at every step of the saga: every order terminal within 60 s, no orphan reservation',
  async play(world, { dice, isShort }) {
    const house = await world.house();
    const shop = await house.openShop({ customers: 5, products: 20, pieces: 1_000_000 });
    const load = startLoad(shop, { perSecond: PER_SECOND, dice });
    const faults: string[] = [];
    let deaths = 0;
    for (let round = 0; round < (isShort ? 1 : 3); round += 1) {
      for (const point of killPoints) {
        await delay(dice.below(500));
        const hasDied = await dieAt(house, point, dice.below(2)).catch((error: unknown) => String(error));
        if (hasDied === true) deaths += 1;
        else faults.push(`${point.service} did not die ${point.moment} ${point.statement}: ${hasDied}`);
      }
    }
    const attempts = await load.stop();
    const endedAt = performance.now();
    faults.push(...(await checkBooks(world.books, { attempts, settleMs: ENDS_WITHIN_MS })));
    const settledMs = Math.round(performance.now() - endedAt);
    const told = describeLoad(attempts);
    const facts = { ...told, deaths, points: killPoints.length, settledMs };
    const measured = `${deaths} deaths at ${killPoints.length} points: ${told.placed} orders, none lost, ${told.indeterminate} not answered; all ended within ${settledMs} ms`;
    return { measured, facts, faults };
  },
};

/** Has one instance die at a point and starts it again. @throws when it lives on for 20 s */
async function dieAt({ stack, state }: House, point: KillPoint, index: number): Promise<boolean> {
  const url = stack.replicas?.[point.service]?.[index] ?? '';
  choosePoint(state, point);
  await stack.kill(point.service, index, 'SIGUSR2');
  await until(async () => !(await isAlive(url)), { timeoutMs: 20_000 });
  await stack.start(point.service, index).catch(() => undefined); // whoever restarts what crashes may have been faster
  return until(() => isAlive(url, '/ready'), { timeoutMs: 60_000 });
}

async function isAlive(url: string, path = '/health'): Promise<boolean> {
  try {
    return (await fetch(`${url}${path}`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
