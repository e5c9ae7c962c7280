import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { composeServices } from '@apollo/composition';
import { afterEach, describe, expect, it } from '@jest/globals';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';
import { testConsulUrl, testRedisUrl, testVhost } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { parse } from 'graphql';

const patiently = { timeoutMs: 30_000 };
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The gateway as people start it: a process on a supergraph file, with the subgraph nowhere. */
async function startOnFile(environment: Record<string, string>) {
  const { supergraphSdl = '' } = composeServices([
    { name: 'books', url: 'http://127.0.0.1:9', typeDefs: parse('type Query { book: String }') },
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
  closers.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'supergraph.graphql');
  await writeFile(path, supergraphSdl);
  const port = await findPort();
  return start(port, { SUPERGRAPH_PATH: path, PORT: String(port), ...environment });
}

function start(port: number, environment: Record<string, string>) {
  const { PATH, HOME } = process.env;
  const gateway: ChildProcess = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'main.ts')], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closers.push(() => gateway.kill('SIGKILL'));
  const lines: { msg: string; pid?: number }[] = [];
  if (gateway.stdout) createInterface({ input: gateway.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  return {
    gateway,
    lines,
    url: `http://127.0.0.1:${port}`,
    exit: once(gateway, 'close').then(([code]) => code as number),
  };
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks on a connection of its own. */
async function ask(url: string, { headers, ...init }: AskOptions = {}) {
  const response = await fetch(url, { ...init, headers: { ...headers, connection: 'close' } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const fourTimes = <T>(act: () => Promise<T>) => Promise.all([1, 2, 3, 4].map(act));

const anOperation: AskOptions = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"query":"{ __typename }"}',
};

describe('the gateway as a process', () => {
  it('runs as several that share a port, are all ready when one is, and stop together', async () => {
    const { gateway, lines, url, exit } = await startOnFile({ WORKERS: '2' });
    await until(() => lines.filter(({ msg }) => msg === 'started').length === 3, patiently);

    const health = await fourTimes(() => ask(`${url}/health`));
    const ready = await fourTimes(() => ask(`${url}/ready`));
    const answers = await fourTimes(() => ask(`${url}/graphql`, anOperation));
    gateway.kill('SIGTERM');

    expect(new Set(health.map(({ body }) => body['pid'])).size).toBe(2);
    expect(ready.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => ({ data: { __typename: 'Query' } })));
    expect(await exit).toBe(0);
  });

  it('says once what is wrong with its environment', async () => {
    const { lines, exit } = await startOnFile({ WORKERS: '2', LOG_LEVEL: 'info', LIMITS: 'some' });

    expect(await exit).toBe(1);
    expect(lines.filter(({ msg }) => msg.includes('LIMITS'))).toHaveLength(1);
  });

  it('stands in Consul once while it runs, however many processes it has', async () => {
    const [port, vhost] = await Promise.all([findPort(), testVhost()]);
    closers.push(() => vhost.drop());
    const { gateway, lines, exit } = start(port, {
      WORKERS: '2',
      SERVICE_PORT: String(port),
      REDIS_URL: testRedisUrl(),
      RABBITMQ_URL: vhost.url,
      CONSUL_URL: testConsulUrl(),
      INTERNAL_SIGNING_KEY: JSON.stringify(await generateSigningKey('gateway')),
      EXPECTED_SUBGRAPHS: 'nobody',
    });
    await until(() => lines.filter(({ msg }) => msg === 'started').length === 3, patiently);

    const meanwhile = await findRegistrations(port);
    gateway.kill('SIGTERM');
    await exit;
    const afterwards = await findRegistrations(port);

    expect(meanwhile).toHaveLength(1);
    expect(afterwards).toEqual([]);
  });
});

async function findRegistrations(port: number): Promise<readonly unknown[]> {
  const { body } = await ask(`${testConsulUrl()}/v1/agent/services`);
  return Object.values(body).filter((service) => Object(service)['Port'] === port);
}
