import { join } from 'node:path';
import { publicKeySet } from '@storefront/platform/identity/keys.ts';
import { provisionSchema } from '@storefront/platform/postgres/provision.ts';
import { repository } from './config.ts';
import type { Secrets } from './secrets.ts';
import type { Servers } from './servers/start-servers.ts';
import { type SubgraphName, subgraphNames, subgraphPorts } from './subgraphs.ts';

/** All services, in the order in which tables show them. */
export const serviceNames: readonly ServiceName[] = ['gateway', ...subgraphNames];
/** The name of a service. */
export type ServiceName = 'gateway' | SubgraphName;

/** Where each service listens unless that port is taken. */
export const documentedPorts: Readonly<Record<ServiceName, number>> = { gateway: 3000, ...subgraphPorts };

/** Where the gateway tells its measures unless that port is taken. */
export const documentedMetricsPort = 9464;

/** The file that starts a service. */
export const entryOf = (name: ServiceName): string =>
  join(repository, name === 'gateway' ? 'supergraph' : `subgraphs/${name}`, 'src', 'main.ts');

/**
 * What Node is told at the start of a service, here and in the containers: the gateway keeps half of Node's young generation, and
 * looks for garbage when its heap has grown by half, where Node waits until it has grown by more than twice. See supergraph/README.md.
 */
export const nodeOptionsOf = (name: ServiceName): readonly string[] =>
  name === 'gateway' ? ['--max-semi-space-size=16', '--heap-growing-percent=50'] : [];

/** The addresses that services are given. */
export type Backends = {
  readonly databases: Readonly<Record<SubgraphName, string>>;
  readonly rabbitmq: string;
  /** Its management API; null when it is not known. */
  readonly rabbitmqManagement: string | null;
  readonly redis: string;
  readonly consul: string;
};

/** The addresses of servers that run. */
export function backendsOf({ rabbitmq, redis, consul }: Servers, databases: Backends['databases']): Backends {
  return {
    databases,
    rabbitmq: rabbitmq.url,
    rabbitmqManagement: rabbitmq.managementUrl,
    redis: redis.url,
    consul: consul.url,
  };
}

/**
 * Gives each subgraph its schema and role in a database, and returns the URL of each role. Safe to repeat.
 * @throws CodedError DATABASE_UNREACHABLE
 */
export async function provisionDatabases(
  adminUrl: string,
  passwords: Secrets['databasePasswords'],
): Promise<Readonly<Record<SubgraphName, string>>> {
  const urls: [SubgraphName, string][] = [];
  for (const name of subgraphNames)
    urls.push([name, await provisionSchema({ adminUrl, schema: name, role: name, password: passwords[name] })]);
  return Object.fromEntries(urls) as Record<SubgraphName, string>;
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
    DRAIN_WAIT_MS: '1000',
    CONSUL_URL: backends.consul,
    RABBITMQ_URL: backends.rabbitmq,
    REDIS_URL: backends.redis,
  };
  const managementUrl = backends.rabbitmqManagement;
  const events = managementUrl === null ? {} : { RABBITMQ_MANAGEMENT_URL: managementUrl };
  const internalKeys = JSON.stringify(publicKeySet([secrets.gatewaySigningKey, secrets.ordersSigningKey]));
  const subgraph = (one: SubgraphName) => ({
    ...common,
    ...events,
    DATABASE_URL: backends.databases[one],
    INTERNAL_JWKS: internalKeys,
  });
  switch (name) {
    case 'gateway':
      return {
        ...common,
        INTERNAL_SIGNING_KEY: JSON.stringify(secrets.gatewaySigningKey),
        SHARE_PORT: String(process.platform === 'linux'),
        EXPECTED_SUBGRAPHS: subgraphNames.join(','),
      };
    case 'users':
      return {
        ...subgraph(name),
        ACCESS_TOKEN_KEYS_FILE: secrets.accessTokenKeysFile,
        SEED_ACCOUNTS: JSON.stringify(secrets.accounts),
      };
    case 'orders':
      return { ...subgraph(name), INTERNAL_SIGNING_KEY: JSON.stringify(secrets.ordersSigningKey) };
    default:
      return subgraph(name);
  }
}
