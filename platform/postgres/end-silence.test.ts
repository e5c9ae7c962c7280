import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isUnavailable } from '../errors/unavailable.ts';
import { createLog } from '../log/log.ts';
import { type TestDatabase, testDatabase } from '../testing/servers.ts';
import { openPostgres } from './open.ts';

const log = createLog({ service: 'test', level: 'silent' });
let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase({ schema: 'orders' });
});
afterAll(() => database.drop());

/** A way to the server that swallows everything when it is told to. */
async function openTunnel(target: URL) {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.on('data', (bytes) => void (isOpen && upstream.write(bytes)));
    upstream.on('data', (bytes) => void (isOpen && client.write(bytes)));
    client.on('close', () => upstream.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    swallow: () => {
      isOpen = false;
    },
    open: () => {
      isOpen = true;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('a server that falls silent', () => {
  it('is taken for gone, and the next statement goes over another connection', async () => {
    const tunnel = await openTunnel(new URL(database.url));
    const options = { url: tunnel.url, schema: 'orders', entities: [], migrations: [], log };
    const postgres = await openPostgres({ ...options, statementTimeoutMs: 200, poolSize: 1 });
    await postgres.ping();

    tunnel.swallow();
    const fault = await postgres.ping().then(
      () => null,
      (error: unknown) => error,
    );
    tunnel.open();

    expect(isUnavailable(fault)).toBe(true);
    await postgres.ping();
    await postgres.close();
    tunnel.close();
    await database.everySessionEnded();
  }, 20_000);
});
