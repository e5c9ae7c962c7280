import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@storefront/platform/testing/until.ts';
import { openDiary } from '../live/diary.ts';
import { startLoad as startOrders } from '../live/load.ts';
import { newCustomer } from '../testing/customers.ts';
import { ask } from '../testing/graphql.ts';
import { startLoad, summarize } from './load.ts';
import type { World } from './world.ts';

/** What a scenario found; it holds without faults. */
export interface Outcome {
  readonly measured: string;
  readonly faults: readonly string[];
}

/** Something bad that happens under load, and its goal of the table in docs/resilience.md. */
export interface Scenario {
  readonly name: string;
  readonly goal: string;
  play(world: World): Promise<Outcome>;
}

const products = '{ products(first: 3) { nodes { name } } }';
const both = '{ user(id: 1) { name } product(id: 1) { name } }';
const perSecond = 200;

const faultsOf = (found: readonly (readonly [boolean, string])[]) =>
  found.filter(([isBad]) => isBad).map(([, text]) => text);

const killed: Scenario = {
  name: 'killed',
  goal: 'one of two instances killed -9 under 200 queries/s: none fails',
  async play({ stack, gateways }) {
    const load = startLoad(gateways, products, perSecond);
    await delay(3_000);
    await stack.kill('products', 0, 'SIGKILL');
    await delay(4_000);
    const all = summarize(await load.stop());
    await stack.start('products', 0);
    return {
      measured: `${all.failed} of ${all.count} failed, p99 ${all.p99Ms} ms`,
      faults: faultsOf([[all.failed > 0, `${all.failed} failed: ${all.codes}`]]),
    };
  },
};

const frozen: Scenario = {
  name: 'frozen',
  goal: 'one of two instances frozen under 200 queries/s: p99 under 2.1 s in the first second, under 50 ms after',
  async play({ stack, gateways }) {
    const load = startLoad(gateways, products, perSecond);
    await delay(3_000);
    const atMs = load.nowMs();
    await stack.kill('products', 0, 'SIGSTOP');
    await delay(6_000);
    await stack.kill('products', 0, 'SIGCONT');
    const shots = await load.stop();
    const [first, after] = [summarize(shots, atMs, atMs + 1_000), summarize(shots, atMs + 1_000)];
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

const subgraphFrozen: Scenario = {
  name: 'subgraph-frozen',
  goal: "a whole subgraph frozen: others' data with nulls within 2.1 s, then under 50 ms; heals within 6 s of its return",
  async play({ stack, gateways }) {
    const load = startLoad(gateways.slice(0, 1), both, 50);
    await delay(2_000);
    const atMs = load.nowMs();
    for (const index of [0, 1]) await stack.kill('products', index, 'SIGSTOP');
    await delay(9_000);
    const partial = await ask(gateways[0] ?? '', { query: both });
    const backAtMs = load.nowMs();
    for (const index of [0, 1]) await stack.kill('products', index, 'SIGCONT');
    await until(async () => !(await ask(gateways[0] ?? '', { query: both })).errors, { timeoutMs: 20_000 });
    const healedMs = Math.round(load.nowMs() - backAtMs);
    const shots = await load.stop();
    const first = summarize(shots, atMs, atMs + 4_000);
    const open = summarize(shots, atMs + 5_000, backAtMs);
    const hasRest = partial.data?.user?.name !== undefined && partial.data?.product === null;
    return {
      measured: `at most ${first.longestMs} ms at first, p99 ${open.p99Ms} ms with breakers open, healed after ${healedMs} ms`,
      faults: faultsOf([
        [first.longestMs >= 2_100, 'nulls came too late'],
        [open.p99Ms >= 50, 'it does not fail fast'],
        [!hasRest, `the others' data are missing: ${JSON.stringify(partial)}`],
        [healedMs >= 6_000, 'it heals too slowly'],
      ]),
    };
  },
};

const consulAway: Scenario = {
  name: 'consul-away',
  goal: 'Consul frozen, a gateway restarted meanwhile: no query fails',
  async play({ stack, gateways, consul }) {
    const load = startLoad(gateways.slice(1), both, 50);
    consul('SIGSTOP');
    try {
      await delay(3_000);
      await stack.stop('gateway', 0);
      await stack.start('gateway', 0);
      const fresh = startLoad(gateways.slice(0, 1), both, 50);
      await delay(15_000);
      const [old, restarted] = [summarize(await load.stop()), summarize(await fresh.stop())];
      return {
        measured: `${old.failed} of ${old.count} failed, at the restarted gateway ${restarted.failed} of ${restarted.count}`,
        faults: faultsOf([[old.failed + restarted.failed > 0, `some failed: ${old.codes} ${restarted.codes}`]]),
      };
    } finally {
      consul('SIGCONT');
    }
  },
};

const catalogueEmptied: Scenario = {
  name: 'catalogue-emptied',
  goal: 'Consul forgets every instance: no query fails, and all are registered again',
  async play({ stack, gateways }) {
    const { consul } = stack.servers;
    const services = async () => Object.keys((await (await fetch(`${consul}/v1/agent/services`)).json()) as object);
    const load = startLoad(gateways, both, 50);
    await delay(1_000);
    const before = await services();
    for (const id of before) await fetch(`${consul}/v1/agent/service/deregister/${id}`, { method: 'PUT' });
    await until(async () => (await services()).length >= before.length, { timeoutMs: 20_000 });
    await delay(1_000);
    const all = summarize(await load.stop());
    return {
      measured: `${all.failed} of ${all.count} failed`,
      faults: faultsOf([[all.failed > 0, `some failed: ${all.codes}`]]),
    };
  },
};

const badSdl: Scenario = {
  name: 'bad-sdl',
  goal: 'an SDL that does not compose: the old graph serves, no query fails, and it is named',
  async play({ stack, gateways }) {
    const { consul } = stack.servers;
    const sdl = 'type Query { products: Int! }';
    const server = createServer((_, response) => response.end(JSON.stringify({ data: { _service: { sdl } } })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const registration = {
      ID: 'bad',
      Name: 'bad',
      Address: '127.0.0.1',
      Port: port,
      Tags: ['subgraph'],
      Meta: { sdlHash: 'bad' },
    };
    const load = startLoad(gateways, products, 50);
    await fetch(`${consul}/v1/agent/service/register`, { method: 'PUT', body: JSON.stringify(registration) });
    const ready = `${new URL(gateways[0] ?? '').origin}/ready`;
    const named = await until(
      async () => {
        const { graph } = (await (await fetch(ready)).json()) as { graph: { faults: { subgraphs: string[] }[] } };
        return graph.faults.some(({ subgraphs }) => subgraphs.includes('bad'));
      },
      { timeoutMs: 20_000 },
    );
    await fetch(`${consul}/v1/agent/service/deregister/bad`, { method: 'PUT' });
    server.close().closeAllConnections();
    const all = summarize(await load.stop());
    return {
      measured: `${all.failed} of ${all.count} failed; named: ${named}`,
      faults: faultsOf([[all.failed > 0, `some failed: ${all.codes}`]]),
    };
  },
};

const rolling: Scenario = {
  name: 'rolling',
  goal: 'rolling restart of everything under load, with subscribers: no request fails, no event is missed',
  async play({ stack, gateways, say }) {
    const sockets = gateways.map((url) => url.replace('http', 'ws'));
    const customer = await newCustomer(stack, 'Rollo');
    const diaries = await Promise.all([openDiary(sockets, customer), openDiary(sockets, customer, 1)]);
    const load = startLoad(gateways, both, 50);
    const orders = startOrders(gateways, [customer], 5);
    for (const name of ['users', 'products', 'orders', 'gateway'] as const) await stack.roll(name, say);
    await delay(1_000);
    const placed = await orders.stop();
    const all = summarize(await load.stop());
    const missing = () =>
      diaries.flatMap(({ entries }) => placed.filter(({ id }) => !entries.some(({ orderId }) => orderId === id)));
    await until(() => missing().length === 0, { timeoutMs: 15_000 }).catch(() => false);
    const missed = missing().length;
    for (const diary of diaries) diary.close();
    return {
      measured: `${all.failed} of ${all.count} queries failed, ${placed.length} orders, ${missed} events missed`,
      faults: faultsOf([
        [all.failed > 0, `some failed: ${all.codes}`],
        [missed > 0, `${missed} events were missed`],
      ]),
    };
  },
};

/** All of them, in the order in which they are played. */
export const scenarios: readonly Scenario[] = [
  killed,
  frozen,
  subgraphFrozen,
  catalogueEmptied,
  badSdl,
  consulAway,
  rolling,
];
