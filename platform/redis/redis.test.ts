import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../log/log.ts';
import { testKeyPrefix, testRedisUrl } from '../testing/servers.ts';
import { until } from '../testing/until.ts';
import { openRedis, openSubscriber, type Redis } from './redis.ts';

const log = createLog({ service: 'test', level: 'silent' });
const url = testRedisUrl();
const opened: Redis[] = [];

afterEach(() => {
  for (const redis of opened.splice(0)) redis.disconnect();
});

async function open(options: { url?: string; keyPrefix?: string; commandTimeoutMs?: number } = {}): Promise<Redis> {
  const redis = await openRedis({ url, log, ...options });
  opened.push(redis);
  return redis;
}

async function kill(admin: Redis, victim: Redis): Promise<void> {
  await admin.client('KILL', 'ID', await victim.client('ID'));
}

describe('openRedis', () => {
  it('puts its prefix before every key', async () => {
    const keyPrefix = testKeyPrefix();
    const [prefixed, plain] = await Promise.all([open({ keyPrefix }), open()]);

    await prefixed.set('name', 'ada', 'EX', 10);

    expect(await plain.get(`${keyPrefix}name`)).toBe('ada');
  });

  it('fails a command after its time', async () => {
    const redis = await open({ commandTimeoutMs: 100 });

    await expect(redis.blpop(`${testKeyPrefix()}empty`, 5)).rejects.toThrow('Command timed out');
  });

  it('fails at once while Redis is away, and works when it is back', async () => {
    const [admin, redis] = await Promise.all([open(), open()]);
    const lost = new Promise((resolve) => redis.once('reconnecting', resolve));

    await kill(admin, redis);
    await lost;
    const during = redis.ping();

    await expect(during).rejects.toThrow('enableOfflineQueue options is false');
    await until(() => redis.ping());
  });

  it('sends the commands of one moment in one piece', async () => {
    const { hostname, port } = new URL(url);
    const pieces: string[] = [];
    const between = createServer((socket) => {
      const onward = connect(Number(port), hostname);
      socket
        .on('data', (piece) => pieces.push(piece.toString()))
        .pipe(onward)
        .pipe(socket);
    });
    between.listen(0, '127.0.0.1');
    await once(between, 'listening');
    const through = Object.assign(new URL(url), {
      hostname: '127.0.0.1',
      port: (between.address() as AddressInfo).port,
    });
    const redis = await open({ url: through.href });
    pieces.length = 0;

    const echoes = await Promise.all(Array.from({ length: 50 }, (_, number) => redis.echo(String(number))));

    expect(echoes).toEqual(Array.from({ length: 50 }, (_, number) => String(number)));
    expect(pieces).toHaveLength(1);
    redis.disconnect();
    between.close();
  });

  it('is patient with one that is slow when everything starts at once', async () => {
    const { hostname, port } = new URL(url);
    const sockets: Socket[] = [];
    const slow = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      if (sockets.length <= 2) return;
      const upstream = connect(Number(port), hostname);
      socket.pipe(upstream).pipe(socket);
      socket.on('close', () => upstream.destroy());
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const address = { hostname: '127.0.0.1', port: String((slow.address() as AddressInfo).port) };

    const redis = await open({ url: Object.assign(new URL(url), address).href, commandTimeoutMs: 300 });
    const answer = await redis.ping();
    redis.disconnect();
    for (const socket of sockets) socket.destroy();
    slow.close();

    expect([answer, sockets.length]).toEqual(['PONG', 3]);
  });

  it('says which server it cannot reach, and never the password', async () => {
    await expect(openRedis({ url: 'redis://:secret@127.0.0.1:1', log })).rejects.toMatchObject({
      code: 'REDIS_UNREACHABLE',
      message: 'cannot use Redis at 127.0.0.1:1',
      cause: expect.objectContaining({ message: expect.stringContaining('ECONNREFUSED') }),
    });
  });
});

describe('openSubscriber', () => {
  it('takes its subscriptions up again after a reconnect', async () => {
    const channel = `${testKeyPrefix()}news`;
    const admin = await open();
    const subscriber = await openSubscriber({ url, log });
    opened.push(subscriber);
    const heard: string[] = [];
    subscriber.on('message', (_channel: string, text: string) => heard.push(text));
    const id = await subscriber.client('ID');
    await subscriber.subscribe(channel);

    await admin.publish(channel, 'before');
    await until(() => heard.length === 1);
    const back = new Promise((resolve) => subscriber.once('ready', resolve));
    await admin.client('KILL', 'ID', id);
    await back;
    await until(async () => (await admin.publish(channel, 'after')) > 0);
    await until(() => heard.includes('after'));

    expect(heard).toEqual(['before', 'after']);
  });
});
