import { describe, expect, it } from '@jest/globals';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { readUsersConfig } from './config.ts';

const key = await generateSigningKey('gateway');
const minimum = {
  DATABASE_URL: 'postgres://users@localhost/storefront',
  RABBITMQ_URL: 'amqp://localhost',
  REDIS_URL: 'redis://localhost',
  INTERNAL_JWKS: JSON.stringify(publicKeySet([key])),
  ACCESS_TOKEN_KEYS: JSON.stringify({ keys: [key] }),
};
const account = { email: 'ada@example.org', password: 'correct horse', name: 'Ada', role: 'CUSTOMER' };

describe('the configuration', () => {
  it('needs the servers and the keys, and has a default for the rest', () => {
    expect(readUsersConfig(minimum)).toMatchObject({
      SERVICE_PORT: 3001,
      ACCESS_TOKEN_ISSUER: 'storefront',
      SEED_ACCOUNTS: [],
      sessionLifetimeMs: 30 * 24 * 60 * 60 * 1000,
    });
  });

  it('says everything that is missing at once', () => {
    expect(() => readUsersConfig({})).toThrow(
      /DATABASE_URL.*RABBITMQ_URL.*REDIS_URL.*INTERNAL_JWKS.*ACCESS_TOKEN_KEYS/s,
    );
  });

  it('refuses public keys to sign with', () => {
    const keys = JSON.stringify(publicKeySet([key]));

    expect(() => readUsersConfig({ ...minimum, ACCESS_TOKEN_KEYS: keys })).toThrow('the first key must be private');
  });

  it('takes seed accounts in the local stack alone', () => {
    const seeding = { ...minimum, SEED_ACCOUNTS: JSON.stringify([account]) };

    expect(readUsersConfig({ ...seeding, LOCAL_STACK: 'true' }).SEED_ACCOUNTS).toEqual([account]);
    expect(() => readUsersConfig(seeding)).toThrow('SEED_ACCOUNTS: is for the local stack alone');
  });

  it.each(['nonsense', '{}', '[{}]', JSON.stringify([{ ...account, password: 'short' }])])(
    'refuses the seed accounts %j without showing them',
    (text) => {
      const environment = { ...minimum, LOCAL_STACK: 'true', SEED_ACCOUNTS: text };

      expect(() => readUsersConfig(environment)).toThrow(/SEED_ACCOUNTS: must be a JSON list of accounts, each with/);
    },
  );
});
