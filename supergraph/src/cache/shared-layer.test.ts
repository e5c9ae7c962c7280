import { randomUUIDv7 } from 'node:crypto';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Bus, openBus } from '@storefront/platform/bus/bus.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openRedis, type Redis } from '@storefront/platform/redis/redis.ts';
import { testKeyPrefix, testRedisUrl, testVhost } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { productUpdated } from '@storefront/schema/events/product-updated.ts';
import { followEventPurges } from './event-purges.ts';
import { fillShop, type ShopProduct } from './testing/cached-shop.ts';
import { type Replica, startReplica } from './testing/replica.ts';

const log = createLog({ service: 'test', level: 'silent' });
const products = new Map<string, ShopProduct>();
const store = { products };
const query = '{ products { price } product(id: "1") { name price } }';
const listOf = (...prices: number[]) => ({ products: prices.map((price) => ({ price })) });
const reprice = (id: string, price: number) => {
  const product = products.get(id);
  if (product) product.price = price;
};
const fetches = (...replicas: readonly Replica[]) =>
  replicas.reduce((sum, { watched }) => sum + watched.seen.length, 0);

describe('two replicas', () => {
  const prefix = testKeyPrefix();
  let redis: Redis;
  let replicas: readonly [Replica, Replica];
  beforeAll(async () => {
    redis = await openRedis({ url: testRedisUrl(), log });
    const given = { redis, prefix, isCurrent: () => true };
    replicas = await Promise.all([startReplica(store, given), startReplica(store, given)]);
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    redis.disconnect();
  });
  beforeEach(async () => {
    fillShop(store);
    for (const { cache, watched } of replicas) {
      await cache.purgeAll();
      watched.reset();
    }
  });
  /** What is written is written in the background. */
  const settle = () => redis.ping();

  it('ask for a thing once, and give the same', async () => {
    const [one, other] = replicas;

    const first = await one.ask(query);
    await settle();
    const second = await other.ask(query);

    expect(second).toEqual(first);
    expect([one.watched.seen.length, other.watched.seen.length]).toEqual([1, 0]);
    expect(other.cache.stats.sharedHits).toBeGreaterThan(0);
  });

  it('make one fetch of a thousand questions at once', async () => {
    const question = '{ products { price } }';

    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, turn) => (turn % 2 === 0 ? replicas[0] : replicas[1]).ask(question)),
    );

    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(fetches(...replicas)).toBe(1);
  });

  it('fetch by themselves when the one that is about to does not come to an end', async () => {
    const [one, other] = replicas;
    const [read, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    one.watched.after = async () => {
      read.resolve();
      await end.promise;
    };
    const slow = one.ask('{ products { price } }');
    await read.promise;

    const answer = await other.ask('{ products { price } }');
    end.resolve();

    expect(answer).toEqual(listOf(10, 10, 10));
    expect(await slow).toEqual(answer);
    expect(fetches(...replicas)).toBe(2);
  });

  it('do not wait for one that has failed', async () => {
    const [one, other] = replicas;
    const [asked, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    one.watched.after = async () => {
      asked.resolve();
      await end.promise;
      throw new Error('away');
    };
    const failing = one.ask('{ products { price } }');
    await asked.promise;
    const waiting = other.ask('{ products { price } }');
    end.resolve();

    expect(await waiting).toEqual(listOf(10, 10, 10));
    expect(await failing).toBeNull();
    await settle();
    expect(await redis.keys(`${prefix}:lease:*`)).toEqual([]);
  });

  it('throw a thing away for both', async () => {
    const [one, other] = replicas;
    await one.ask('{ products { price } }');
    await settle();
    reprice('1', 20);

    await one.cache.purge(['product-1', 'product-*']);
    const answer = await other.ask('{ products { price } }');

    expect(answer).toEqual(listOf(20, 10, 10));
  });

  it('keep nothing that one of them read before the other heard of a change', async () => {
    const [one, other] = replicas;
    const read = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    one.watched.after = async () => {
      read.resolve();
      await release.promise;
    };
    const early = one.ask('{ products { price } }');
    await read.promise;
    reprice('1', 20);
    await other.cache.purge(['product-1', 'product-*']);
    release.resolve();
    await early;
    await settle();

    const answer = await other.ask('{ products { price } }');

    expect(answer).toEqual(listOf(20, 10, 10));
  });

  it('start anew when Redis has forgotten everything', async () => {
    const [one, other] = replicas;
    await one.ask('{ products { price } }');
    await redis.del(await redis.keys(`${prefix}*`));
    reprice('1', 20);

    expect(await other.ask('{ products { price } }')).toEqual(listOf(20, 10, 10));
  });
});

describe('a Redis that does not answer', () => {
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let redis: Redis;
  let replica: Replica;
  beforeAll(async () => {
    proxy = await startProxy();
    redis = await openRedis({ url: proxy.url, log, commandTimeoutMs: 300 });
    replica = await startReplica(store, { redis, prefix: testKeyPrefix(), isCurrent: () => true });
  });
  beforeEach(() => {
    fillShop(store);
    replica.watched.reset();
  });
  afterAll(async () => {
    await replica.close();
    redis.disconnect();
    await proxy.close();
  });

  it('holds nobody up for longer than one command may take, and only the first', async () => {
    proxy.freeze();
    const startedAt = performance.now();
    await replica.ask('{ product(id: "1") { price } }');
    const firstMs = performance.now() - startedAt;
    const faults = replica.shared.faults;

    await Promise.all(['2', '3'].map((id) => replica.ask(`{ product(id: "${id}") { price } }`)));

    expect(firstMs).toBeLessThan(5_000);
    expect(faults).toBe(1);
    expect(fetches(replica)).toBe(3);
    proxy.thaw();
  });

  it('gives nothing that was thrown away meanwhile when it is back', async () => {
    await until(() => replica.shared.isUsable);
    await replica.ask('{ products { price } }');
    await redis.ping();
    proxy.freeze();
    reprice('1', 20);

    await replica.cache.purge(['product-1', 'product-*']);
    proxy.thaw();
    await until(() => replica.shared.isUsable);
    const answer = await replica.ask('{ products { price } }');

    expect(answer).toEqual(listOf(20, 10, 10));
  });

  it('may be another one when the connection is back, and is taken for empty', async () => {
    await until(() => replica.shared.isUsable);
    const wanted = [{ key: 'thing', tags: ['product-1'] }];
    const policy = { maxAgeSeconds: 60, isPrivate: false, staleWhileRevalidateSeconds: 0, staleIfErrorSeconds: 0 };
    const [empty] = (await replica.shared.read(wanted)) ?? [];
    const entry = { bytes: Buffer.from('{}'), askedAtMs: Date.now(), policy, tags: ['product-1'] };
    replica.shared.write('thing', entry, empty?.stamps ?? '');
    const before = await replica.shared.read(wanted);

    proxy.cut();
    await until(() => redis.status !== 'ready');
    const after = await until(() => replica.shared.read(wanted));

    expect(before).toMatchObject([{ entry: { bytes: entry.bytes } }]);
    expect(after).toMatchObject([{ entry: null }]);
  });
});

describe('an event', () => {
  let vhost: Awaited<ReturnType<typeof testVhost>>;
  let buses: Bus[];
  let publisher: Bus;
  let redis: Redis;
  let replicas: Replica[];
  beforeAll(async () => {
    fillShop(store);
    vhost = await testVhost();
    redis = await openRedis({ url: testRedisUrl(), log });
    publisher = await openBus({ url: vhost.url, log, name: 'products' });
    await publisher.declare([{ queue: 'all', bindings: [{ exchange: 'products', routingKeys: ['#'] }] }]);
    buses = await Promise.all([0, 1].map(() => openBus({ url: vhost.url, log, name: 'gateway' })));
    const prefix = testKeyPrefix();
    replicas = await Promise.all(
      buses.map(async (bus) => {
        let replica: Replica | null = null;
        const nobody = { purge: async () => undefined, purgeAll: async () => undefined };
        const cache = () => replica?.cache ?? nobody;
        const { isCurrent, onRules } = followEventPurges({ bus, cache }, { leaseMs: 2_000 });
        replica = await startReplica(store, { redis, prefix, isCurrent, onRules });
        await until(isCurrent);
        return replica;
      }),
    );
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await Promise.all([...buses, publisher].map((bus) => bus.close()));
    redis.disconnect();
    await vhost.drop();
  });

  it('throws what it is about away in every replica, and nothing else', async () => {
    const product = (id: string) => `{ product(id: "${id}") { price } }`;
    for (const replica of replicas) await Promise.all(['1', '2'].map((id) => replica.ask(product(id))));
    reprice('1', 20);
    reprice('2', 20);

    const facts = { id: randomUUIDv7(), source: 'products', subject: '1', time: new Date(), audience: [] };
    await publisher.publish(
      productUpdated.create({ ...facts, data: { productId: '1', version: 2, change: 'updated' } }),
      'products',
    );
    await until(() => replicas.every(({ cache }) => cache.stats.purgedTags > 0));
    const answers = await Promise.all(
      replicas.map(async (replica) => [await replica.ask(product('1')), await replica.ask(product('2'))]),
    );

    const expected = [20, 10].map((price) => ({ product: { price } }));
    expect(answers).toEqual([expected, expected]);
  });
});

/** Stands between a client and Redis, to be frozen and cut. */
async function startProxy() {
  const target = new URL(testRedisUrl());
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const all = (act: (socket: Socket) => void) => {
    for (const socket of sockets) act(socket);
  };
  return {
    url: Object.assign(new URL(target), { hostname: '127.0.0.1', port: String(port) }).href,
    freeze: () => all((socket) => socket.pause()),
    thaw: () => all((socket) => socket.resume()),
    cut: () => all((socket) => socket.destroy()),
    close: async () => {
      all((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
