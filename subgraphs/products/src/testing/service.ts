import { createInternalTokens, type InternalTokenRequest } from '@storefront/platform/identity/internal-tokens.ts';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openScope } from '@storefront/platform/process/run.ts';
import { testDatabase, testVhost } from '@storefront/platform/testing/servers.ts';
import { readProductsConfig } from '../config.ts';
import { startProducts } from '../main.ts';

/** What the service answered. */
export interface Answer<Data> {
  readonly status: number;
  readonly data: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** What to ask, and with which scopes; none by default. */
export interface Question {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly scopes?: readonly string[];
}

/** The service, run by the test's own process on servers' parts of its own. */
export interface TestService {
  readonly url: string;
  readonly rabbitUrl: string;
  readonly adminDatabaseUrl: string;
  readonly vhost: string;
  /** Asks as a customer who was given `scopes`. */
  ask<Data = Record<string, unknown>>(question: Question): Promise<Answer<Data>>;
  /** A token of the gateway's, for this service unless `audience` says otherwise. */
  mint(request?: Partial<InternalTokenRequest>): Promise<string>;
  /** Stops the service alone; its servers stay. */
  stop(): Promise<void>;
  /** Stops it and drops its servers' parts. */
  close(): Promise<void>;
}

const UNREACHABLE = 'http://127.0.0.1:1';

/** Starts the service with the demo catalogue. Without `consulUrl` nobody can find it, which is no reason not to serve. */
export async function startTestService({ consulUrl = UNREACHABLE } = {}): Promise<TestService> {
  const [database, vhost] = await Promise.all([testDatabase({ schema: 'products' }), testVhost()]);
  const signingKey = await generateSigningKey('gateway');
  const scope = openScope('products', createLog({ service: 'products', level: 'silent' }));
  const config = readProductsConfig({
    NODE_ENV: 'test',
    SERVICE_PORT: '0',
    DATABASE_URL: database.url,
    RABBITMQ_URL: vhost.url,
    CONSUL_URL: consulUrl,
    INTERNAL_JWKS: JSON.stringify(publicKeySet([signingKey])),
    LOCAL_STACK: 'true',
  });
  const { url } = await startProducts(config, scope);
  const tokens = createInternalTokens({ signingKey, issuer: 'gateway' });
  const mint: TestService['mint'] = (request) =>
    tokens.mint({ audience: 'products', caller: anonymous, purpose: 'query', ...request });
  return {
    url,
    rabbitUrl: vhost.url,
    adminDatabaseUrl: database.adminUrl,
    vhost: vhost.vhost,
    ask: async ({ query, variables = {}, scopes = [] }) => {
      const caller = { kind: 'user', userId: '1', scopes: new Set(scopes) } as const;
      const headers = { authorization: `Bearer ${await mint({ caller })}`, 'content-type': 'application/json' };
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query, variables }),
      });
      return { ...((await response.json()) as Omit<Answer<never>, 'status'>), status: response.status };
    },
    mint,
    stop: () => scope.close(),
    close: async () => {
      await scope.close();
      await Promise.all([database.drop(), vhost.drop()]);
    },
  };
}
