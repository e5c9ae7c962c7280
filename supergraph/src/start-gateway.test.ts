import { afterEach, describe, expect, it } from '@jest/globals';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openScope } from '@storefront/platform/process/scope.ts';
import type { OwnedScope } from '@storefront/platform/process/scope.ts';
import { testRedisUrl, testVhost } from '@storefront/platform/testing/servers.ts';
import { readGatewayConfig } from './config.ts';
import { startGateway } from './start-gateway.ts';

const nobody = 'http://127.0.0.1:9';
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A gateway on real Redis and RabbitMQ, in a catalogue that is not there unless the environment says so. */
async function start(environment: Record<string, string> = {}) {
  const vhost = await testVhost();
  closers.push(() => vhost.drop());
  const scope: OwnedScope = openScope('gateway', createLog({ service: 'gateway', level: 'silent' }));
  closers.push(() => scope.close());
  const config = readGatewayConfig({
    SERVICE_PORT: '0',
    REDIS_URL: testRedisUrl(),
    RABBITMQ_URL: vhost.url,
    CONSUL_URL: nobody,
    INTERNAL_SIGNING_KEY: JSON.stringify(await generateSigningKey('gateway')),
    EXPECTED_SUBGRAPHS: 'users,orders',
    ...environment,
  });
  return startGateway(config, scope);
}

describe('the gateway', () => {
  it('starts without Consul and subgraphs, lives, and says what it waits for', async () => {
    const { url } = await start();

    const health = await fetch(`${url}/health`);
    const ready = await fetch(`${url}/ready`);
    const query = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ me { id } }"}',
    });

    expect(health.status).toBe(200);
    expect(ready.status).toBe(503);
    await expect(ready.json()).resolves.toMatchObject({
      status: 'waiting',
      checks: {
        redis: { status: 'up' },
        rabbitmq: { status: 'up' },
        consul: { status: 'down' },
        graph: { status: 'down', error: expect.stringContaining('users') },
      },
    });
    expect(query.status).toBe(503);
  });

  it('names the server that it cannot reach, without its password', async () => {
    const start1 = start({ REDIS_URL: 'redis://:hunter2@127.0.0.1:9' });
    await expect(start1).rejects.toMatchObject({
      code: 'REDIS_UNREACHABLE',
      message: expect.not.stringContaining('hunter2'),
    });

    await expect(start({ RABBITMQ_URL: 'amqp://guest:hunter2@127.0.0.1:9' })).rejects.toMatchObject({
      code: 'BUS_UNREACHABLE',
    });
  });

  it('says which port is taken', async () => {
    const { port } = await start();

    await expect(start({ SERVICE_PORT: String(port) })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(String(port)),
    });
  });

  it('shows no page in production', async () => {
    const { url } = await start({ NODE_ENV: 'production' });

    const pages = await Promise.all(
      ['/ide', '/api/docs'].map((path) => fetch(`${url}${path}`, { headers: { accept: 'text/html' } })),
    );
    const graphql = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });

    expect(pages.map(({ status }) => status)).toEqual([404, 404]);
    expect(graphql.headers.get('content-type')).toContain('application/json');
  });
});
