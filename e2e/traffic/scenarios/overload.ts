import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../testing/percentile.ts';
import { faultsOf, type Scenario } from '../../testing/scenarios/scenario.ts';
import type { Shot } from '../world/load.ts';
import type { World } from '../world/world.ts';

/** A question that is much work, for the gateway too: what can be done of it in a second is little enough to be exceeded by one client. */
const pages = Array.from({ length: 8 }, (_, page) => `p${page}: products(first: ${12 - page}) { nodes { ...all } }`);
const heavy = {
  query: `{ ${pages.join(' ')} } fragment all on Product { id sku name description price { amountMinor formatted } stock { available inStock } }`,
};
const times = 5;
const mostGrowthMb = 256;

const isGood = ({ fault }: Shot) => fault === null;
const isRefusal = ({ fault, status }: Shot) => status === 503 && fault === 'OVERLOADED';
const perSecond = (shots: readonly Shot[], fromMs: number, toMs: number) =>
  (shots.filter((shot) => isGood(shot) && shot.atMs + shot.tookMs >= fromMs && shot.atMs + shot.tookMs < toMs).length *
    1_000) /
  (toMs - fromMs);

async function findCapacity({ press }: World, lengthMs: number): Promise<number> {
  const load = press(heavy, 24);
  await delay(lengthMs);
  const untilMs = load.nowMs();
  return perSecond(await load.stop(), untilMs / 3, untilMs);
}

export const overload: Scenario<World> = {
  name: 'overload',
  goal: 'five times what can be done: at least 80 % of the peak is done, refusals come within 100 ms, memory is bounded, nothing dies',
  async play(world, { isShort }) {
    const { gateways, load: begin, memoryMb } = world;
    const peak = await findCapacity(world, isShort ? 4_000 : 9_000);
    const beforeMb = memoryMb();
    const load = begin(heavy, peak * times, gateways.slice(0, 1));
    let mostMb = beforeMb;
    for (let second = 0; second < (isShort ? 6 : 20); second += 1) {
      await delay(1_000);
      mostMb = Math.max(mostMb, memoryMb());
    }
    const untilMs = load.nowMs();
    const shots = await load.stop();
    const goodput = perSecond(shots, 0, untilMs);
    const refusals = shots.filter(isRefusal).map(({ tookMs }) => tookMs);
    const others = shots.filter((shot) => !isGood(shot) && !isRefusal(shot));
    const [share, p99Ms] = [goodput / peak, percentile(refusals, 0.99)];
    const p99OfGoodMs = percentile(shots.filter(isGood).map(({ tookMs }) => tookMs), 0.99); // prettier-ignore
    const codes = [...new Set(others.map(({ fault }) => fault))].join();
    return {
      measured: `peak ${peak.toFixed(0)}/s; at ${(shots.length / (untilMs / 1_000)).toFixed(0)}/s ${goodput.toFixed(0)}/s (${(100 * share).toFixed(0)} %) with p99 ${p99OfGoodMs.toFixed(0)} ms, ${refusals.length} refused with p99 ${p99Ms.toFixed(0)} ms, ${others.length} failed otherwise; memory ${beforeMb} to ${mostMb} MB`,
      faults: faultsOf([
        [share < 0.8, 'too little is done'],
        [p99Ms >= 100, 'refusals are too slow'],
        [refusals.length === 0, 'nobody was refused'],
        [mostMb - beforeMb > mostGrowthMb, 'memory grows'],
        [others.length > shots.length / 100, `some failed otherwise: ${codes}`],
      ]),
    };
  },
};
