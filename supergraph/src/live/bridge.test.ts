import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openBus, type Bus } from '@storefront/platform/bus/bus.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openRedis, type Redis } from '@storefront/platform/redis/redis.ts';
import {
  rabbitManagement,
  testKeyPrefix,
  testRedisUrl,
  testVhost,
  type TestVhost,
} from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { liveQueue, startBridge } from './bridge.ts';
import { createLiveStore, type LiveStore, liveStoreDefaults } from './live-store.ts';
import { anEvent } from './testing/events.ts';
import type { PlacedEvent } from './wakes.ts';

const log = createLog({ service: 'test', level: 'silent' });

describe('the bridge', () => {
  let vhost: TestVhost;
  let bus: Bus;
  let redis: Redis;
  let store: LiveStore;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    vhost = await testVhost();
    bus = await openBus({ url: vhost.url, log, name: 'bridge-test' });
    redis = await openRedis({ url: testRedisUrl(), log });
  });

  beforeEach(() => {
    store = createLiveStore(redis, { ...liveStoreDefaults, prefix: testKeyPrefix() });
  });

  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
    await rabbitManagement('DELETE', `/api/queues/${vhost.vhost}/${liveQueue}`);
  });

  afterAll(async () => {
    await Promise.all([bus.close(), redis.quit()]);
    await vhost.drop();
  });

  async function start(appendAll: LiveStore['appendAll']) {
    const announced: string[] = [];
    const announceAll = async (events: readonly PlacedEvent[]) =>
      void announced.push(...events.map(({ event }) => event.id));
    const bridge = await startBridge({ bus, store: { appendAll }, wakes: { announceAll }, log });
    closers.push(() => bridge.close());
    return { announced, bridge };
  }
  const idsIn = async () => (await store.readAfter(store.streamOfAll, '0-0', 100)).map(({ event }) => event.id);

  it('keeps the order of the queue, and loses nothing, however often Redis fails', async () => {
    let calls = 0;
    const { announced } = await start((events) => {
      calls += 1;
      return calls % 7 === 0 ? store.appendAll(events) : Promise.reject(new Error('Redis is away'));
    });
    const ids = ['a', 'b', 'c', 'd'];

    for (const id of ids) await bus.publish(anEvent(id), 'orders');
    await until(() => announced.length === ids.length, { timeoutMs: 15_000 });

    expect(announced).toEqual(ids);
    expect(await idsIn()).toEqual(ids);
  });

  it('leaves what it could not carry to the next one', async () => {
    const { bridge } = await start(() => Promise.reject(new Error('Redis is away')));
    await bus.publish(anEvent('patient'), 'orders');

    await bridge.close();
    const { announced } = await start((events) => store.appendAll(events));
    await until(() => announced.length > 0, { timeoutMs: 15_000 });

    expect(await idsIn()).toEqual(['patient']);
  });

  it('takes what has gathered together, several events of a subject too, and keeps its order', async () => {
    const gate = Promise.withResolvers<void>();
    const trips: number[] = [];
    const { announced } = await start(async (events) => {
      trips.push(events.length);
      await gate.promise;
      return store.appendAll(events);
    });
    const ids = ['first', 'a', 'b', 'c'];

    await bus.publish(anEvent('first'), 'orders');
    await until(() => trips.length === 1);
    for (const id of ids.slice(1)) await bus.publish({ ...anEvent(id), subject: 'one' }, 'orders');
    gate.resolve();
    await until(() => announced.length === ids.length, { timeoutMs: 15_000 });

    expect(announced).toEqual(ids);
    expect(await idsIn()).toEqual(ids);
  });
});
