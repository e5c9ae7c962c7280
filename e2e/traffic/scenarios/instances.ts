import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@storefront/platform/testing/until.ts';
import { ask } from '../../testing/graphql.ts';
import { faultsOf, type Scenario } from '../../testing/scenarios/scenario.ts';
import { summarize } from '../world/load.ts';
import type { World } from '../world/world.ts';

const products = { query: '{ products(first: 3) { nodes { name } } }' };
/** Of two subgraphs, so that one can be missing. */
const both = { query: '{ user(id: 1) { name } product(id: 1) { name } }' };
const perSecond = 200;

export const killed: Scenario<World> = {
  name: 'killed',
  goal: 'one of two instances killed -9 under 200 queries/s: none fails',
  async play({ stack, load: begin }, { isShort }) {
    const load = begin(products, perSecond);
    await delay(isShort ? 1_000 : 3_000);
    await stack.kill('products', 0, 'SIGKILL');
    await delay(isShort ? 2_000 : 4_000);
    const all = summarize(await load.stop());
    await stack.start('products', 0);
    return {
      measured: `${all.failed} of ${all.count} failed, p99 ${all.p99Ms} ms`,
      faults: faultsOf([[all.failed > 0, `${all.failed} failed: ${all.codes}`]]),
    };
  },
};

export const frozen: Scenario<World> = {
  name: 'frozen',
  goal: 'one of two instances frozen under 200 queries/s: p99 under 2.1 s in the first second, under 50 ms after',
  async play({ stack, load: begin }, { isShort }) {
    const load = begin(products, perSecond);
    await delay(isShort ? 1_000 : 3_000);
    const atMs = load.nowMs();
    await stack.kill('products', 0, 'SIGSTOP');
    await delay(isShort ? 4_000 : 6_000);
    const untilMs = load.nowMs();
    await stack.kill('products', 0, 'SIGCONT');
    const shots = await load.stop();
    const [first, after] = [summarize(shots, atMs, atMs + 1_000), summarize(shots, atMs + 1_000, untilMs)];
    return {
      measured: `first second: p99 ${first.p99Ms} ms, ${first.failed} failed; after: p99 ${after.p99Ms} ms, ${after.failed} failed`,
      faults: faultsOf([
        [first.p99Ms >= 2_100, 'the first second is too slow'],
        [after.p99Ms >= 50, 'it is too slow afterwards'],
        [first.failed + after.failed > 0, `some failed: ${first.codes}${after.codes}`],
      ]),
    };
  },
};

export const subgraphFrozen: Scenario<World> = {
  name: 'subgraph-frozen',
  goal: "a whole subgraph frozen: others' data with nulls within 2.1 s, then under 50 ms; heals within 6 s of its return",
  async play({ stack, gateways, load: begin }) {
    const gateway = gateways[0] ?? '';
    const load = begin(both, 50, [gateway]);
    await delay(2_000);
    const atMs = load.nowMs();
    for (const index of [0, 1]) await stack.kill('products', index, 'SIGSTOP');
    await delay(9_000);
    const [backAtMs, hasRest] = [load.nowMs(), await hasOthers(gateway)];
    for (const index of [0, 1]) await stack.kill('products', index, 'SIGCONT');
    await until(() => load.shots.some((shot) => shot.atMs > backAtMs && shot.fault === null), { timeoutMs: 20_000 });
    const healed = load.shots.find((shot) => shot.atMs > backAtMs && shot.fault === null);
    const healedMs = Math.round((healed?.atMs ?? Infinity) - backAtMs);
    const shots = await load.stop();
    const first = summarize(shots, atMs, atMs + 4_000);
    const open = summarize(shots, atMs + 5_000, backAtMs);
    return {
      measured: `at most ${first.longestMs} ms at first, p99 ${open.p99Ms} ms with breakers open, healed after ${healedMs} ms`,
      faults: faultsOf([
        [first.longestMs >= 2_100, 'nulls came too late'],
        [open.p99Ms >= 50, 'it does not fail fast'],
        [!hasRest, "the others' data are missing"],
        [healedMs >= 6_000, 'it heals too slowly'],
      ]),
    };
  },
};

/** Whether the user is told and the product, which nobody keeps under this name, is null. */
async function hasOthers(gateway: string): Promise<boolean> {
  const query = `{ user(id: 1) { name } product(id: 1) { name description createdAt: sku } }`;
  const { data } = await ask(gateway, { query });
  return data?.user?.name !== undefined && data.product === null;
}
