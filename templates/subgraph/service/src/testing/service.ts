import { type Bus, openBus } from '@storefront/platform/bus/bus.ts';
import { type Caller, anonymous, readCaller } from '@storefront/platform/identity/caller.ts';
import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openScope } from '@storefront/platform/process/run.ts';
import { testDatabase, testVhost } from '@storefront/platform/testing/servers.ts';
import { readReviewsConfig } from '../config.ts';
import { startReviews } from '../main.ts';

/** What the service answered. The test says what `data` looks like. */
export interface Answer<Data> {
  readonly data: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** The service, run by the test's own process on servers' parts of its own. */
export interface TestService {
  readonly url: string;
  /** A bus in the service's virtual host, to publish what other services would. */
  readonly bus: Bus;
  /** Asks as `caller`, anonymous unless given. */
  ask<Data = unknown>(
    query: string,
    given?: { readonly variables?: Readonly<Record<string, unknown>>; readonly caller?: Caller },
  ): Promise<Answer<Data>>;
  close(): Promise<void>;
}

/** A customer's caller, by id. */
export const callerOf = (userId: string): Caller => readCaller(userId, '');

const nowhere = 'http://127.0.0.1:1';

/** Starts the service. Nobody can find it in Consul, which is no reason not to serve. */
export async function startTestService(): Promise<TestService> {
  const log = createLog({ service: 'reviews', level: 'silent' });
  const scope = openScope('reviews', log);
  const [database, vhost] = await Promise.all([testDatabase({ schema: 'reviews' }), testVhost()]);
  const signingKey = await generateSigningKey('gateway');
  const config = readReviewsConfig({
    NODE_ENV: 'test',
    SERVICE_PORT: '0',
    CONSUL_URL: nowhere,
    DATABASE_URL: database.url,
    RABBITMQ_URL: vhost.url,
    INTERNAL_JWKS: JSON.stringify(publicKeySet([signingKey])),
  });
  const { url } = await startReviews(config, scope);
  const bus = await openBus({ url: vhost.url, log, name: 'test' });
  const tokens = createInternalTokens({ signingKey, issuer: 'gateway' });
  return {
    url,
    bus,
    ask: async (query, { variables = {}, caller = anonymous } = {}) => {
      const token = await tokens.mint({ audience: 'reviews', caller, purpose: 'query' });
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return Object(await response.json());
    },
    close: async () => {
      await bus.close();
      await scope.close();
      await Promise.all([database.drop(), vhost.drop()]);
    },
  };
}
