import { type Bus, openBus } from '@storefront/platform/bus/bus.ts';
import { type Caller, anonymous, readCaller } from '@storefront/platform/identity/caller.ts';
import { type Purpose, createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openPostgres } from '@storefront/platform/postgres/open.ts';
import { openScope } from '@storefront/platform/process/run.ts';
import { testDatabase, testKeyPrefix, testRedisUrl, testVhost } from '@storefront/platform/testing/servers.ts';
import { readUsersConfig } from '../config.ts';
import { startUsers } from '../main.ts';

/** What a GraphQL request is answered with. `data` has the form that its query gives it: the test says which. */
export interface Answer<Data> {
  readonly status: number;
  readonly data: Data;
  readonly errors: readonly { readonly path?: readonly (string | number)[]; readonly extensions?: { code?: string } }[];
}

/** A request to the service: by nobody known, for queries, unless it says otherwise. */
export interface Question {
  readonly caller?: Caller;
  readonly purpose?: Purpose;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The real service on servers of its own. */
export interface TestService {
  readonly url: string;
  readonly port: number;
  /** A bus in the service's virtual host, to publish what other services would. */
  readonly bus: Bus;
  ask<Data = unknown>(query: string, question?: Question): Promise<Answer<Data>>;
  /** Runs SQL in the service's database. */
  query<Row>(sql: string, values: readonly unknown[]): Promise<Row[]>;
  /** Stops the service in order, then drops its servers' data. */
  close(): Promise<void>;
}

/** The accounts that the test service starts with: 1 Ada, 2 Bob, 3 Carol (admin), each with the password `correct horse`. */
export const seedAccounts = ['Ada', 'Bob', 'Carol'].map((name) => ({
  name,
  email: `${name.toLowerCase()}@example.org`,
  password: 'correct horse',
  role: name === 'Carol' ? 'ADMIN' : 'CUSTOMER',
}));

/** A customer's caller, by id, with scopes separated by spaces. */
export const callerOf = (userId: string, scopes = ''): Caller => readCaller(userId, scopes);

const nowhere = 'http://127.0.0.1:1';

/** Starts the service in this process. Its configuration is that of the local stack, `environment` put on top. */
export async function startTestService(environment: Record<string, string> = {}): Promise<TestService> {
  const log = createLog({ service: 'users', level: 'silent' });
  const scope = openScope('users', log);
  const database = await testDatabase({ schema: 'users' });
  const vhost = await testVhost();
  const gatewayKey = await generateSigningKey('gateway');
  const config = readUsersConfig({
    NODE_ENV: 'test',
    SERVICE_PORT: '0',
    CONSUL_URL: nowhere,
    LOCAL_STACK: 'true',
    DATABASE_URL: database.url,
    RABBITMQ_URL: vhost.url,
    REDIS_URL: testRedisUrl(),
    REDIS_KEY_PREFIX: testKeyPrefix(),
    INTERNAL_JWKS: JSON.stringify(publicKeySet([gatewayKey])),
    ACCESS_TOKEN_KEYS: JSON.stringify({ keys: [await generateSigningKey('access')] }),
    SEED_ACCOUNTS: JSON.stringify(seedAccounts),
    ...environment,
  });
  const { url, port } = await startUsers(config, scope);
  const postgres = await openPostgres({ url: database.url, schema: 'users', entities: [], migrations: [], log });
  const bus = await openBus({ url: vhost.url, log, name: 'test' });
  const tokens = createInternalTokens({ signingKey: gatewayKey, issuer: 'gateway' });
  return {
    url,
    port,
    bus,
    ask: async (query, { caller = anonymous, purpose = 'query', variables = {}, headers = {} } = {}) => {
      const authorization = `Bearer ${await tokens.mint({ audience: 'users', caller, purpose })}`;
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization, ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return { status: response.status, data: null, errors: [], ...Object(await response.json()) };
    },
    query: <Row>(sql: string, values: readonly unknown[]) => postgres.fork().execute<Row[]>(sql, [...values]),
    close: async () => {
      await postgres.close();
      await bus.close();
      await scope.close();
      await vhost.drop();
      await database.drop();
    },
  };
}
