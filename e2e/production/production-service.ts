import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { until } from '@storefront/platform/testing/until.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import { configurationOf, entryOf, provisionDatabases, type ServiceName } from '@storefront/stack/src/services.ts';
import type { StackAddresses } from '../testing/stack.ts';

/** A service that runs beside the shared ones, with the settings of production. */
export interface ProductionService {
  readonly url: string;
  close(): Promise<void>;
}

const nowhere = 'http://127.0.0.1:1';

/** Starts a service on the servers of a stack. Subgraphs do not register, so that nobody but the test asks them. */
export async function startInProduction(stack: StackAddresses, name: ServiceName): Promise<ProductionService> {
  const secrets = await secretsOf(stack.state);
  const { postgres, rabbitmq, redis, consul } = stack.servers;
  const databases = await provisionDatabases(postgres, secrets.databasePasswords);
  const backends = {
    databases,
    rabbitmq,
    rabbitmqManagement: null,
    redis,
    consul: name === 'gateway' ? consul : nowhere,
  };
  const port = await findPort();
  const child = spawn(process.execPath, ['--no-warnings', entryOf(name)], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...configurationOf(name, port, { backends, secrets }) },
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  const path = name === 'gateway' ? '/ready' : '/health';
  await until(async () => (await fetch(`${url}${path}`).catch(() => null))?.ok, { timeoutMs: 60_000 });
  return { url, close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
