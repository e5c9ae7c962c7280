import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { type Bus, openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery } from '@storefront/platform/discovery/discovery.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { startRelay } from '@storefront/platform/outbox/relay.ts';
import { type Postgres, openPostgres } from '@storefront/platform/postgres/open.ts';
import { type Scope, runService } from '@storefront/platform/process/run.ts';
import { openRedis } from '@storefront/platform/redis/redis.ts';
import { type UsersConfig, readUsersConfig } from './config.ts';
import { consumeUserNotifications } from './events/user-notifications.ts';
import { createAccessTokenIssuer } from './identity/access-token-issuer.ts';
import { createPasswords } from './identity/passwords.ts';
import { serveUsers } from './graphql/serve-users.ts';
import { NotificationEntity, UserEntity, schemaName } from './storage/entities.ts';
import { UsersAndNotifications } from './storage/migrations/001-users-and-notifications.ts';
import { createNotificationStore } from './storage/notification-store.ts';
import { seedAccounts } from './storage/seed.ts';
import { createSessionStore } from './storage/session-store.ts';
import { createSignInThrottle } from './storage/sign-in-throttle.ts';
import { createUserStore } from './storage/user-store.ts';

const clock = { now: () => new Date() };

/**
 * Starts the users service and resolves when it is registered; whatever it opens is deferred to the scope, so that it
 * closes in reverse: deregister, unready, drain, consumers, relay, bus, Redis, Postgres.
 * @throws CodedError when a server cannot be reached or the port is taken
 */
export async function startUsers(config: UsersConfig, scope: Scope): Promise<{ url: string; port: number }> {
  const { log } = scope;
  const passwords = await createPasswords();
  const postgres = await openDatabase(config, scope);
  const seeded = await seedAccounts({ postgres, passwords, clock }, config.SEED_ACCOUNTS);
  if (seeded > 0) log.info({ accounts: seeded }, 'seeded');

  const redis = await openRedis({ url: config.REDIS_URL, log, keyPrefix: config.REDIS_KEY_PREFIX });
  scope.defer('redis', () => redis.disconnect());
  const bus = await openBus({ url: config.RABBITMQ_URL, log, name: 'users' });
  scope.defer('bus', () => bus.close());
  const notifications = createNotificationStore({ postgres });
  await startEvents({ postgres, bus, notifications }, scope);

  const discovery = createDiscovery({ consulUrl: config.CONSUL_URL, log });
  scope.defer('discovery', () => discovery.close());
  const deps = {
    users: createUserStore({ postgres }),
    notifications,
    passwords,
    sessions: createSessionStore({ redis, clock }, sessionOptions(config)),
    throttle: createSignInThrottle({ redis }, throttleOptions(config)),
    accessTokens: await createAccessTokenIssuer({ ...tokenOptions(config), clock, newTokenId: randomUUID }),
    clock,
    newEventId: randomUUIDv7,
  };
  const server = createHttpServer({ log });
  const { sdlHash, health } = serveUsers(server, { log, deps }, config, {
    postgres: () => postgres.ping(),
    rabbitmq: () => bus.ping(),
    redis: () => redis.ping(),
    consul: () => discovery.isReachable(),
  });
  scope.defer('http', () => server.close());
  const { port, url } = await listen(server, { host: config.SERVICE_HOST, port: config.SERVICE_PORT });
  scope.defer('readiness', () => health.beginShutdown());
  const registration = await discovery.register({
    name: 'users',
    address: config.SERVICE_ADDRESS,
    port,
    tags: ['subgraph'],
    meta: { sdlHash, graphqlPath: '/graphql' },
  });
  scope.defer('registration', () => registration.deregister());
  return { url, port };
}

async function openDatabase(config: UsersConfig, { log, defer }: Scope): Promise<Postgres> {
  const postgres = await openPostgres({
    url: config.DATABASE_URL,
    schema: schemaName,
    entities: [UserEntity, NotificationEntity],
    migrations: [UsersAndNotifications],
    log,
  });
  defer('postgres', () => postgres.close());
  await postgres.migrate();
  return postgres;
}

async function startEvents(
  {
    postgres,
    bus,
    notifications,
  }: { postgres: Postgres; bus: Bus; notifications: ReturnType<typeof createNotificationStore> },
  { log, defer }: Scope,
): Promise<void> {
  const relay = await startRelay({ postgres, bus, log }, { schema: schemaName });
  defer('relay', () => relay.close());
  const consumer = await consumeUserNotifications({ bus, notices: notifications });
  defer('consumer', () => consumer.close());
}

function sessionOptions({ sessionLifetimeMs, REFRESH_GRACE_MS }: UsersConfig) {
  return { lifetimeMs: sessionLifetimeMs, graceMs: REFRESH_GRACE_MS };
}

function throttleOptions(config: UsersConfig) {
  return {
    maxPerAccount: config.SIGN_IN_MAX_FAILURES_PER_ACCOUNT,
    maxPerAddress: config.SIGN_IN_MAX_FAILURES_PER_ADDRESS,
    windowMs: config.SIGN_IN_WINDOW_MS,
  };
}

function tokenOptions(config: UsersConfig) {
  return { keys: config.ACCESS_TOKEN_KEYS, issuer: config.ACCESS_TOKEN_ISSUER, audience: config.ACCESS_TOKEN_AUDIENCE };
}

if (import.meta.main) await runService('users', (scope) => startUsers(readUsersConfig(process.env), scope));
