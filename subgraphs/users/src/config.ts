import { ConfigError, type Environment, readConfig } from '@storefront/platform/config/config.ts';
import { count, jsonWebKeySet, milliseconds, url } from '@storefront/platform/config/fields.ts';
import { serviceFields } from '@storefront/platform/config/service.ts';
import { z } from 'zod';

const day = 24 * 60 * 60 * 1000;
const minute = 60 * 1000;

const seedAccount = z.object({
  email: z.email(),
  password: z.string().min(10),
  name: z.string().min(1),
  role: z.enum(['CUSTOMER', 'ADMIN']),
});

const fields = {
  ...serviceFields(3001),
  /** The URL of the service's own role. */
  DATABASE_URL: url('postgres', 'postgresql'),
  RABBITMQ_URL: url('amqp', 'amqps'),
  /** RabbitMQ's management API, with credentials: bindings that are gone are noticed there. */
  RABBITMQ_MANAGEMENT_URL: url('http', 'https').optional(),
  REDIS_URL: url('redis', 'rediss'),
  /** Put before every key in Redis. */
  REDIS_KEY_PREFIX: z.string().default('users:'),
  /** The public keys of the services that may call. */
  INTERNAL_JWKS: jsonWebKeySet(),
  /** Private keys: the first signs access tokens unless its `signs_from` is yet to come, all are published. */
  ACCESS_TOKEN_KEYS: jsonWebKeySet().refine(
    ({ keys }) => typeof keys[0]?.d === 'string',
    'the first key must be private',
  ),
  /** The file with these keys is followed while the service runs. */
  ACCESS_TOKEN_KEYS_FILE: z.string().optional(),
  ACCESS_TOKEN_ISSUER: z.string().default('storefront'),
  ACCESS_TOKEN_AUDIENCE: z.string().default('storefront'),
  /** How long a session lives from its sign-in. */
  SESSION_DAYS: count(30),
  /** How long a refresh token that was just used gets the same answer again. */
  REFRESH_GRACE_MS: milliseconds(10_000),
  SIGN_IN_MAX_FAILURES_PER_ACCOUNT: count(10),
  SIGN_IN_MAX_FAILURES_PER_ADDRESS: count(30),
  SIGN_IN_WINDOW_MS: milliseconds(15 * minute),
  /** The mail server for notifications; without it none is mailed. */
  SMTP_URL: url('smtp', 'smtps').optional(),
  /** Who writes the mails. */
  MAIL_FROM: z.string().default('Storefront <no-reply@storefront.example>'),
  /** Accounts of the local stack, as JSON. */
  SEED_ACCOUNTS: z.string().default('[]').transform(readSeedAccounts),
};

/** What the users service needs to know, checked and frozen. Times in milliseconds. */
export type UsersConfig = ReturnType<typeof readUsersConfig>;

/** Reads the environment. @throws ConfigError that lists every fault at once */
export function readUsersConfig(environment: Environment) {
  const { SESSION_DAYS, ...config } = readConfig(fields, environment);
  if (config.SEED_ACCOUNTS.length > 0 && !config.LOCAL_STACK) {
    throw new ConfigError(['SEED_ACCOUNTS: is for the local stack alone, where LOCAL_STACK is true']);
  }
  const isFollowed = !environment['ACCESS_TOKEN_KEYS']?.trim();
  const accessTokenKeysFile = isFollowed ? config.ACCESS_TOKEN_KEYS_FILE : undefined;
  return Object.freeze({ ...config, accessTokenKeysFile, sessionLifetimeMs: SESSION_DAYS * day });
}

function readSeedAccounts(text: string, context: z.RefinementCtx): z.infer<typeof seedAccount>[] {
  const accounts = z.array(seedAccount).safeParse(parseJson(text));
  if (accounts.success) return accounts.data;
  const message = 'must be a JSON list of accounts, each with email, password (10 characters or more), name and role';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
