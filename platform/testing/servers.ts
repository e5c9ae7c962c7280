import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { createDatabase, dropDatabase, provisionSchema } from '../postgres/provision.ts';
import { until } from './until.ts';

/** A database of a test file's own, with one provisioned schema in it. */
export interface TestDatabase {
  /** The URL of the role that owns the schema. */
  readonly url: string;
  /** The URL of the administrator in the same database. */
  readonly adminUrl: string;
  /** Resolves when nobody is connected. @throws Error after 2 s, naming who is: a test did not close what it opened */
  everySessionEnded(): Promise<void>;
  /** Drops database and role, whoever is connected. */
  drop(): Promise<void>;
}

/** A RabbitMQ virtual host of a test file's own. */
export interface TestVhost {
  readonly url: string;
  /** The name, as the management API knows it. */
  readonly vhost: string;
  drop(): Promise<void>;
}

/** Creates a database with `schema` and its role in the server that TEST_POSTGRES_URL names. */
export async function testDatabase({ schema }: { schema: string }): Promise<TestDatabase> {
  const serverUrl = required('TEST_POSTGRES_URL');
  const name = `test_${schema}_${suffix()}`;
  const adminUrl = await createDatabase({ adminUrl: serverUrl, name });
  const url = await provisionSchema({ adminUrl, schema, role: name, password: suffix() });
  return {
    url,
    adminUrl,
    everySessionEnded: () => noSessions(serverUrl, name),
    drop: () => dropDatabase(serverUrl, name, [name]),
  };
}

/** Creates a virtual host in the broker that TEST_RABBITMQ_URL and TEST_RABBITMQ_MANAGEMENT_URL name. */
export async function testVhost(): Promise<TestVhost> {
  const vhost = `test-${suffix()}`;
  await rabbitManagement('PUT', `/api/vhosts/${vhost}`);
  const url = new URL(required('TEST_RABBITMQ_URL'));
  url.pathname = `/${vhost}`;
  return {
    url: url.href,
    vhost,
    drop: async () => void (await rabbitManagement('DELETE', `/api/vhosts/${vhost}`)),
  };
}

/**
 * Asks RabbitMQ's management API and returns its JSON, or null when it has nothing to say.
 * @throws Error with the answer's status and text when the API refuses
 */
export async function rabbitManagement(
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const url = new URL(path, required('TEST_RABBITMQ_MANAGEMENT_URL'));
  const authorization = `Basic ${btoa(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`)}`;
  url.username = '';
  url.password = '';
  const response = await fetch(url, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** Makes the broker close every connection of a virtual host, as an operator or a failing node would. */
export async function closeConnections({ vhost }: Pick<TestVhost, 'vhost'>): Promise<void> {
  const names = await until(
    async () => {
      const connections = (await rabbitManagement('GET', `/api/vhosts/${vhost}/connections`)) as { name: string }[];
      return connections.length > 0 && connections.map(({ name }) => name);
    },
    { timeoutMs: 10_000 },
  ); // the API learns of a connection a moment after it is made
  await Promise.all(names.map((name) => rabbitManagement('DELETE', `/api/connections/${encodeURIComponent(name)}`)));
}

/** A prefix for the keys and channels of one test file, so that files do not meet in one Redis. */
export function testKeyPrefix(): string {
  return `test:${suffix()}:`;
}

/** The Redis that TEST_REDIS_URL names. */
export function testRedisUrl(): string {
  return required('TEST_REDIS_URL');
}

/** The Consul agent that TEST_CONSUL_URL names. */
export function testConsulUrl(): string {
  return required('TEST_CONSUL_URL');
}

async function noSessions(serverUrl: string, database: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  let names: string[] = [];
  try {
    await until(
      async () => {
        const { rows } = await client.query<{ application_name: string }>(
          "select application_name from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
          [database],
        );
        names = rows.map(({ application_name }) => application_name);
        return names.length === 0;
      },
      { timeoutMs: 2_000 }, // the server ends a session a moment after its client
    );
  } catch (cause) {
    throw new Error(`still connected to ${database}: ${names.join(', ')}`, { cause });
  } finally {
    await client.end();
  }
}

function suffix(): string {
  return randomBytes(6).toString('hex');
}

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`${name} is not set: "npm test" starts the servers and sets it`);
}
