import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@storefront/platform/testing/until.ts';
import { faultsOf, type Scenario } from '../../testing/scenarios/scenario.ts';
import { summarize } from '../world/load.ts';
import type { ConsulMood } from '../world/consul-proxy.ts';
import type { World } from '../world/world.ts';

const both = { query: '{ user(id: 1) { name } product(id: 1) { name } }' };
const minute = 60_000;

interface Service {
  readonly ID: string;
  readonly Service: string;
  readonly Address: string;
  readonly Port: number;
  readonly Tags: readonly string[];
  readonly Meta: object;
}

/** What the agent itself knows, past the proxy. */
async function servicesOf({ stack }: Pick<World, 'stack'>): Promise<readonly Service[]> {
  const response = await fetch(`${stack.servers.consul}/v1/agent/services`);
  return Object.values((await response.json()) as Record<string, Service>);
}

async function put({ stack }: Pick<World, 'stack'>, path: string, body?: object): Promise<void> {
  const request = { method: 'PUT', ...(body ? { body: JSON.stringify(body) } : {}) };
  const { ok, status } = await fetch(`${stack.servers.consul}/v1/agent/service/${path}`, request);
  if (!ok) throw new Error(`Consul answered ${status}`);
}

export const catalogueEmptied: Scenario<World> = {
  name: 'catalogue-emptied',
  goal: 'Consul forgets every instance: no query fails, and all are registered again',
  async play(world) {
    const load = world.load(both, 50);
    await delay(1_000);
    const before = await servicesOf(world);
    for (const { ID } of before) await put(world, `deregister/${ID}`);
    await until(async () => (await servicesOf(world)).length >= before.length, { timeoutMs: 20_000 });
    await delay(1_000);
    const all = summarize(await load.stop());
    return {
      measured: `${all.failed} of ${all.count} failed`,
      faults: faultsOf([[all.failed > 0, `some failed: ${all.codes}`]]),
    };
  },
};

const moods: readonly ConsulMood[] = ['empty', 'reset', 'garbage', 'away'];

/** How many instances of users a gateway knows. */
async function knownUsers(gateway: string): Promise<number> {
  const response = await fetch(`${new URL(gateway).origin}/ready`);
  const { graph } = (await response.json()) as { graph: { subgraphs: { name: string; instances: number }[] } };
  return graph.subgraphs.find(({ name }) => name === 'users')?.instances ?? 0;
}

/** How long it takes every gateway to hear of one more instance: the first of users under another name. */
async function timeToHear(world: World): Promise<number> {
  const users = (await servicesOf(world)).find(({ Service }) => Service === 'users');
  if (!users) throw new Error('Consul knows no users');
  const { Service: Name, Address, Tags, Meta } = users;
  const startedAtMs = performance.now();
  await put(world, 'register', { ID: 'users-again', Name, Address, Port: 9, Tags, Meta });
  const isKnown = (count: number) => async () =>
    (await Promise.all(world.gateways.map(knownUsers))).every((known) => known === count);
  await until(isKnown(3), { timeoutMs: 30_000 });
  const tookMs = Math.round(performance.now() - startedAtMs);
  await put(world, 'deregister/users-again');
  await until(isKnown(2), { timeoutMs: 30_000 });
  return tookMs;
}

export const consulGarbage: Scenario<World> = {
  name: 'consul-garbage',
  goal: 'Consul answers an empty catalogue, an index reset, garbage, nothing: no query fails, news is heard within 5 s afterwards',
  async play(world, { isShort }) {
    const load = world.load(both, 50);
    const heardMs: number[] = [];
    try {
      for (const mood of moods) {
        world.consul.turn(mood);
        await delay(isShort ? 3_000 : 12_000);
        world.consul.turn('well');
        heardMs.push(await timeToHear(world));
      }
    } finally {
      world.consul.turn('well');
    }
    const all = summarize(await load.stop());
    const told = moods.map((mood, at) => `${mood} ${heardMs[at]} ms`);
    return {
      measured: `${all.failed} of ${all.count} failed; news was heard after ${told.join(', ')}`,
      faults: faultsOf([
        [all.failed > 0, `some failed: ${all.codes}`],
        [Math.max(...heardMs) >= 5_000, 'it recovers too slowly'],
      ]),
    };
  },
};

export const consulAway: Scenario<World> = {
  name: 'consul-away',
  goal: 'Consul frozen for ten minutes, a gateway restarted meanwhile: no query fails',
  async play(world, { isShort }) {
    const { stack, gateways, consul } = world;
    const load = world.load(both, 50, gateways.slice(1));
    consul.signal('SIGSTOP');
    try {
      await delay(3_000);
      await stack.stop('gateway', 0);
      await stack.start('gateway', 0);
      const fresh = world.load(both, 50, gateways.slice(0, 1));
      await delay(isShort ? 15_000 : 10 * minute);
      const [old, restarted] = [summarize(await load.stop()), summarize(await fresh.stop())];
      return {
        measured: `${old.failed} of ${old.count} failed, at the restarted gateway ${restarted.failed} of ${restarted.count}`,
        faults: faultsOf([[old.failed + restarted.failed > 0, `some failed: ${old.codes} ${restarted.codes}`]]),
      };
    } finally {
      consul.signal('SIGCONT');
    }
  },
};
