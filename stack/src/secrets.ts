import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';
import type { JSONWebKeySet, JWK } from 'jose';
import { z } from 'zod';
import { StackFault } from './fault.ts';
import { writeSecretFiles } from './secret-files.ts';
import { forEachSubgraph, type SubgraphName, subgraphNames } from './subgraphs.ts';

/** The passwords of the private servers. */
export type ServerSecrets = {
  readonly postgresPassword: string;
  readonly redisPassword: string;
  readonly rabbitmqPassword: string;
  readonly erlangCookie: string;
};

/** An account that users seeds. */
export type SeedAccount = {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly role: 'CUSTOMER' | 'ADMIN';
};

/** Every secret of one local stack. */
export type Secrets = {
  readonly servers: ServerSecrets;
  readonly databasePasswords: Readonly<Record<SubgraphName, string>>;
  readonly gatewaySigningKey: JWK;
  readonly ordersSigningKey: JWK;
  readonly accessTokenKeys: JSONWebKeySet;
  /** Where the keys of access tokens are once the stack has run: those in use, which may have been changed since. */
  readonly accessTokenKeysFile: string;
  readonly accounts: readonly SeedAccount[];
};

const accountShape = z.object({
  email: z.string(),
  password: z.string(),
  name: z.string(),
  role: z.enum(['CUSTOMER', 'ADMIN']),
});
const keyShape = z.looseObject({ kty: z.string(), kid: z.string() });
const secretsShape = z.object({
  servers: z.object({
    postgresPassword: z.string(),
    redisPassword: z.string(),
    rabbitmqPassword: z.string(),
    erlangCookie: z.string(),
  }),
  databasePasswords: z.record(z.string(), z.string()),
  gatewaySigningKey: keyShape,
  ordersSigningKey: keyShape,
  accessTokenKeys: z.object({ keys: z.array(keyShape) }),
  accounts: z.array(accountShape),
});

/**
 * The secrets of a state folder: made at random the first time, kept in `secrets.json` (mode 0600), read afterwards. The keys of
 * access tokens go to a file of their own, where `npm run keys:rotate` changes them.
 * @throws StackFault when the file is there but is not one of ours
 */
export async function secretsOf(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const secrets = existsSync(file) ? readSecrets(file) : await makeSecrets();
  mkdirSync(folder, { recursive: true });
  const databasePasswords = forEachSubgraph((name) => secrets.databasePasswords[name] ?? password());
  const isComplete = subgraphNames.every((name) => name in secrets.databasePasswords);
  // A subgraph that was added since the secrets were made gets its password now.
  const all = isComplete
    ? secrets
    : { ...secrets, databasePasswords: { ...secrets.databasePasswords, ...databasePasswords } };
  if (!isComplete || !existsSync(file)) write(file, `${JSON.stringify(all, null, 2)}\n`);
  const accessTokenKeysFile = join(folder, 'access-token-keys.json');
  if (!existsSync(accessTokenKeysFile)) write(accessTokenKeysFile, JSON.stringify(secrets.accessTokenKeys));
  return { ...secrets, databasePasswords, accessTokenKeysFile };
}

function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** As they are kept: a subgraph that is new has no password yet. */
type MadeSecrets = Omit<Secrets, 'accessTokenKeysFile' | 'databasePasswords'> & {
  readonly databasePasswords: Readonly<Record<string, string>>;
};

function readSecrets(file: string): MadeSecrets {
  try {
    return secretsShape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new StackFault(
      `${file} cannot be read as this stack's secrets (${error instanceof SyntaxError ? error.message : 'unexpected content'}). Remove the state folder to begin anew.`,
    );
  }
}

async function makeSecrets(): Promise<MadeSecrets> {
  const [gatewaySigningKey, ordersSigningKey, accessTokenKey] = await Promise.all(
    ['gateway', 'orders', `access-${randomBytes(4).toString('hex')}`].map(generateSigningKey),
  );
  if (!gatewaySigningKey || !ordersSigningKey || !accessTokenKey) throw new Error('three keys were asked for');
  return {
    servers: {
      postgresPassword: password(),
      redisPassword: password(),
      rabbitmqPassword: password(),
      erlangCookie: password(),
    },
    databasePasswords: forEachSubgraph(password),
    gatewaySigningKey,
    ordersSigningKey,
    accessTokenKeys: { keys: [accessTokenKey] },
    accounts: [
      { email: 'ada@example.com', password: password(), name: 'Ada Lovelace', role: 'CUSTOMER' },
      { email: 'grace@example.com', password: password(), name: 'Grace Hopper', role: 'CUSTOMER' },
      { email: 'admin@example.com', password: password(), name: 'Admin', role: 'ADMIN' },
    ],
  };
}

/** 144 random bits without a character that URLs or configuration files would have to escape. */
const password = (): string => randomBytes(18).toString('base64url');

/**
 * As a program: `node stack/src/secrets.ts FOLDER` makes the secrets for containers once, each in a file of its own, and
 * prints the accounts. --postgres, --redis, --rabbitmq: host and port as the containers see them; --database: its name.
 */
if (import.meta.main) {
  const {
    positionals: [folder = '/secrets'],
    values: hosts,
  } = parseArgs({
    allowPositionals: true,
    options: {
      postgres: { type: 'string', default: 'postgres:5432' },
      redis: { type: 'string', default: 'redis:6379' },
      rabbitmq: { type: 'string', default: 'rabbitmq:5672' },
      database: { type: 'string', default: 'storefront' },
    },
  });
  const secrets = await secretsOf(folder);
  const written = writeSecretFiles(folder, secrets, hosts);
  process.stdout.write(
    `${written.length > 0 ? `made in ${folder}: ${written.join(', ')}` : `kept as they are in ${folder}`}\n`,
  );
  for (const { role, email, password: secret } of secrets.accounts)
    process.stdout.write(`${role.toLowerCase().padEnd(10)}${email}   ${secret}\n`);
}
