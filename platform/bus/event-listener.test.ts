import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { productUpdated } from '@storefront/schema/events/product-updated.ts';
import { stockChanged } from '@storefront/schema/events/stock-changed.ts';
import { createLog } from '../log/log.ts';
import { closeConnections, testVhost } from '../testing/servers.ts';
import { until } from '../testing/until.ts';
import { type Bus, openBus } from './bus.ts';

const log = createLog({ service: 'test', level: 'silent' });
let vhost: Awaited<ReturnType<typeof testVhost>>;
let publisher: Bus;
beforeAll(async () => {
  vhost = await testVhost();
  publisher = await openBus({ url: vhost.url, log, name: 'publisher' });
  await publisher.declare([{ queue: 'all', bindings: [{ exchange: 'products', routingKeys: ['#'] }] }]);
});
afterAll(async () => {
  await publisher.close();
  await vhost.drop();
});

const facts = (subject: string) => ({
  id: randomUUIDv7(),
  source: 'products',
  subject,
  time: new Date(),
  audience: [],
});
const updated = (productId: string) =>
  productUpdated.create({ ...facts(productId), data: { productId, version: 1, change: 'updated' } });
const stock = (productId: string) => stockChanged.create({ ...facts(productId), data: { productId } });

async function listen(types: readonly string[]) {
  const bus = await openBus({ url: vhost.url, log, name: 'listener' });
  const heard: DomainEvent[] = [];
  const opened: number[] = [];
  const listener = bus.listen({
    beatMs: 10,
    onEvent: (event) => heard.push(event),
    onOpen: () => opened.push(heard.length),
  });
  listener.follow(types);
  return { bus, listener, heard, opened };
}

describe('a listener', () => {
  it('hears what it follows, each process all of it, and proves that nothing is on its way', async () => {
    const [one, other] = await Promise.all([listen(['product.updated']), listen(['product.updated'])]);
    await until(() => one.listener.provedAtMs > 0 && other.listener.provedAtMs > 0);

    for (const id of ['1', '2']) await publisher.publish(updated(id), 'products');
    await publisher.publish(stock('3'), 'products');
    const confirmedAtMs = performance.now();
    await until(() => Math.min(one.listener.provedAtMs, other.listener.provedAtMs) >= confirmedAtMs);

    expect(one.heard.map(({ subject }) => subject)).toEqual(['1', '2']);
    expect(other.heard).toEqual(one.heard);
    await Promise.all([one.bus.close(), other.bus.close()]);
  });

  it('proves nothing until what it follows too can be heard', async () => {
    const { bus, listener, heard } = await listen(['product.updated']);
    await until(() => listener.provedAtMs > 0);

    listener.follow(['product.updated', 'stock.changed']);
    const atOnce = listener.provedAtMs;
    await until(() => listener.provedAtMs > 0);
    await publisher.publish(stock('3'), 'products');
    await until(() => heard.length > 0);

    expect(atOnce).toBe(-Infinity);
    expect(heard.map(({ type }) => type)).toEqual(['stock.changed']);
    await bus.close();
  });

  it('says when it hears again after its queue was lost, and hears then', async () => {
    const { bus, listener, heard, opened } = await listen(['product.updated']);
    await until(() => listener.provedAtMs > 0);

    // The management API learns of a connection a moment after it is made, and forgets it a moment after its end.
    const isBack = async () => {
      if (opened.length === 1) await closeConnections(vhost).catch(() => undefined);
      return opened.length > 1;
    };
    await until(isBack, { timeoutMs: 25_000 });
    await until(() => listener.provedAtMs > 0, { timeoutMs: 20_000 });
    // The last cut may have come late, and have met the new connection, or the publisher's.
    const isHeard = async () => {
      await publisher.publish(updated('7'), 'products');
      return heard.length > 0;
    };
    await until(isHeard, { timeoutMs: 20_000 });

    expect(heard[0]?.subject).toBe('7');
    await bus.close();
  }, 60_000);

  it('proves nothing once it is closed', async () => {
    const { bus, listener } = await listen(['product.updated']);
    await until(() => listener.provedAtMs > 0);

    await listener.close();

    expect(listener.provedAtMs).toBe(-Infinity);
    await bus.close();
  });
});
