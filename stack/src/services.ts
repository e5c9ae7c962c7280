import { join } from 'node:path';
import { publicKeySet } from '@storefront/platform/identity/keys.ts';
import { provisionSchema } from '@storefront/platform/postgres/provision.ts';
import { repository } from './config.ts';
import type { Secrets } from './secrets.ts';

/** The services that own data, each in a schema and with a role of its own name. */
export const subgraphNames = ['users', 'products', 'orders'] as const;
/** All services, in the order in which tables show them. */
export const serviceNames = ['gateway', ...subgraphNames] as const;
/** The name of a service that owns data. */
export type SubgraphName = (typeof subgraphNames)[number];
/** The name of a service. */
export type ServiceName = (typeof serviceNames)[number];

/** Where each service listens unless that port is taken. */
export const documentedPorts: Readonly<Record<ServiceName, number>> = {
  gateway: 3000,
  users: 3001,
  products: 3002,
  orders: 3003,
};

/** Where the gateway tells its measures unless that port is taken. */
export const documentedMetricsPort = 9464;

/** The file that starts a service. */
export const entryOf = (name: ServiceName): string =>
  join(repository, name === 'gateway' ? 'supergraph' : `subgraphs/${name}`, 'src', 'main.ts');

/** The addresses that services are given. */
export type Backends = {
  readonly databases: Readonly<Record<SubgraphName, string>>;
  readonly rabbitmq: string;
  readonly redis: string;
  readonly consul: string;
};

/**
 * Gives each subgraph its schema and role in a database, and returns the URL of each role. Safe to repeat.
 * @throws CodedError DATABASE_UNREACHABLE
 */
export async function provisionDatabases(
  adminUrl: string,
  passwords: Secrets['databasePasswords'],
): Promise<Readonly<Record<SubgraphName, string>>> {
  const urlOf = (name: SubgraphName) =>
    provisionSchema({ adminUrl, schema: name, role: name, password: passwords[name] });
  return { users: await urlOf('users'), products: await urlOf('products'), orders: await urlOf('orders') };
}

/** What one service is configured with, besides what all processes inherit. */
export function configurationOf(
  name: ServiceName,
  port: number,
  { backends, secrets }: { backends: Backends; secrets: Secrets },
): NodeJS.ProcessEnv {
  const common = {
    SERVICE_PORT: String(port),
    SERVICE_HOST: '127.0.0.1',
    SERVICE_ADDRESS: '127.0.0.1',
    LOCAL_STACK: 'true',
    CONSUL_URL: backends.consul,
    RABBITMQ_URL: backends.rabbitmq,
    REDIS_URL: backends.redis,
  };
  const internalKeys = JSON.stringify(publicKeySet([secrets.gatewaySigningKey, secrets.ordersSigningKey]));
  switch (name) {
    case 'gateway':
      return {
        ...common,
        INTERNAL_SIGNING_KEY: JSON.stringify(secrets.gatewaySigningKey),
        EXPECTED_SUBGRAPHS: subgraphNames.join(','),
      };
    case 'users':
      return {
        ...common,
        DATABASE_URL: backends.databases.users,
        INTERNAL_JWKS: internalKeys,
        ACCESS_TOKEN_KEYS_FILE: secrets.accessTokenKeysFile,
        SEED_ACCOUNTS: JSON.stringify(secrets.accounts),
      };
    case 'products':
      return { ...common, DATABASE_URL: backends.databases.products, INTERNAL_JWKS: internalKeys };
    case 'orders':
      return {
        ...common,
        DATABASE_URL: backends.databases.orders,
        INTERNAL_JWKS: internalKeys,
        INTERNAL_SIGNING_KEY: JSON.stringify(secrets.ordersSigningKey),
      };
  }
}
