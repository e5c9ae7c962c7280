import { describe, expect, it } from '@jest/globals';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { readOrdersConfig } from './config.ts';

async function anEnvironment(kid = 'orders'): Promise<Record<string, string>> {
  const key = await generateSigningKey(kid);
  return {
    DATABASE_URL: 'postgres://orders@127.0.0.1/storefront',
    RABBITMQ_URL: 'amqp://127.0.0.1',
    INTERNAL_JWKS: JSON.stringify(publicKeySet([key])),
    INTERNAL_SIGNING_KEY: JSON.stringify(key),
  };
}

describe('the configuration of orders', () => {
  it('has a default for all that is no address and no secret', async () => {
    const config = readOrdersConfig(await anEnvironment());

    expect(config).toMatchObject({
      SERVICE_PORT: 3003,
      LOCAL_STACK: false,
      CATALOGUE_SERVICE: 'products',
      CATALOGUE_TIMEOUT_MS: 1_000,
      ORDER_TIMEOUT_MS: 900_000,
      ORDER_SWEEP_MS: 30_000,
    });
  });

  it('refuses a signing key of another service, and everything else that is wrong, at once', async () => {
    const environment = { ...(await anEnvironment('gateway')), DATABASE_URL: 'mysql://x/y' };

    expect(() => readOrdersConfig(environment)).toThrow(
      /DATABASE_URL[^]*INTERNAL_SIGNING_KEY: must have the kid "orders"/,
    );
  });
});
