import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicKeySet } from '@storefront/platform/identity/keys.ts';
import type { Secrets } from './secrets.ts';
import { subgraphNames } from './subgraphs.ts';

/** How containers reach the servers. */
export type Hosts = {
  readonly postgres: string;
  readonly redis: string;
  readonly rabbitmq: string;
  readonly database: string;
};

/** Read by the servers' own users, in containers that share nothing but the volume with these files. */
const readByServers: ReadonlySet<string> = new Set(['postgres-password', 'rabbitmq.conf', 'redis.conf', 'redis-url']);

/** Writes each secret into a file of its own, for variables that end in _FILE. What is there already stays. Returns the new ones' names. */
export function writeSecretFiles(folder: string, secrets: Secrets, hosts: Hosts): string[] {
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  for (const [name, content] of Object.entries(filesOf(secrets, hosts))) {
    const file = join(folder, name);
    if (existsSync(file)) continue;
    writeFileSync(file, content, { mode: 0o600 });
    if (readByServers.has(name)) chmodSync(file, 0o644);
    written.push(name);
  }
  return written;
}

function filesOf(secrets: Secrets, { postgres, redis, rabbitmq, database }: Hosts): Record<string, string> {
  const { servers, databasePasswords } = secrets;
  const databaseUrl = (role: string, password: string) => `postgres://${role}:${password}@${postgres}/${database}`;
  return {
    ...Object.fromEntries(
      subgraphNames.map((name) => [`${name}-database-url`, databaseUrl(name, databasePasswords[name])]),
    ),
    'admin-database-url': databaseUrl('postgres', servers.postgresPassword),
    'postgres-password': servers.postgresPassword,
    'rabbitmq.conf': `default_user = storefront\ndefault_pass = ${servers.rabbitmqPassword}\nloopback_users = none\n`,
    'rabbitmq-url': `amqp://storefront:${servers.rabbitmqPassword}@${rabbitmq}`,
    'rabbitmq-management-url': `http://storefront:${servers.rabbitmqPassword}@${rabbitmq.replace(/:\d+$/, '')}:15672`,
    'redis.conf': `requirepass ${servers.redisPassword}\n`,
    'redis-url': `redis://:${servers.redisPassword}@${redis}`,
    'internal-jwks.json': JSON.stringify(publicKeySet([secrets.gatewaySigningKey, secrets.ordersSigningKey])),
    'gateway-signing-key.json': JSON.stringify(secrets.gatewaySigningKey),
    'orders-signing-key.json': JSON.stringify(secrets.ordersSigningKey),
    'seed-accounts.json': JSON.stringify(secrets.accounts),
  };
}
