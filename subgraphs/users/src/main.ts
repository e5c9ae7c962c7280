import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { type Bus, openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery } from '@storefront/platform/discovery/discovery.ts';
import { batchPath } from '@storefront/platform/graphql/batches.ts';
import { serveMetrics } from '@storefront/platform/http/metrics.ts';
import { createLameDuck } from '@storefront/platform/http/lame-duck.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { inboxPruning } from '@storefront/platform/inbox/inbox-table.ts';
import { outboxPruning } from '@storefront/platform/outbox/outbox-table.ts';
import { startBindingWatch } from '@storefront/platform/outbox/watch-bindings.ts';
import { startRelay } from '@storefront/platform/outbox/relay.ts';
import { type Postgres, openPostgres } from '@storefront/platform/postgres/open.ts';
import { startPruning } from '@storefront/platform/postgres/prune.ts';
import { startSweeper } from '@storefront/platform/process/sweeper.ts';
import { type Scope, runService } from '@storefront/platform/process/run.ts';
import { createMetrics, type Metrics } from '@storefront/platform/telemetry/metrics.ts';
import { type Redis, openRedis } from '@storefront/platform/redis/redis.ts';
import { eventQueues } from '@storefront/schema/events/queues.ts';
import { type UsersConfig, readUsersConfig } from './config.ts';
import { consumeUserNotifications } from './events/user-notifications.ts';
import { type UsersParts, serveUsers } from './graphql/serve-users.ts';
import { createAccessTokenIssuer } from './identity/access-token-issuer.ts';
import { type KeyRing, openKeyRing } from './identity/key-ring.ts';
import { createPasswords } from './identity/passwords.ts';
import { createAnnouncer } from './storage/announcer.ts';
import { NotificationEntity, UserEntity, schemaName } from './storage/entities.ts';
import { userMigrations } from './storage/migrations/all.ts';
import { openSmtpPostman } from './mail/smtp-postman.ts';
import { createMailQueue } from './storage/mail-queue.ts';
import { sendMails } from './use-cases/send-mails.ts';
import { createNotificationStore } from './storage/notification-store.ts';
import { seedAccounts } from './storage/seed.ts';
import { createSessionStore } from './storage/session-store.ts';
import { createSignInThrottle } from './storage/sign-in-throttle.ts';
import { createUserStore } from './storage/user-store.ts';

const MAIL_EVERY_MS = 1_000;
const clock = { now: () => new Date() };

/**
 * Starts the users service and resolves when it is registered; whatever it opens is deferred to the scope, so that it
 * closes in reverse: deregister, unready, drain, consumers, relay, bus, Redis, Postgres.
 * @throws CodedError when a server cannot be reached or the port is taken
 */
export async function startUsers(config: UsersConfig, scope: Scope): Promise<{ url: string; port: number }> {
  const { log, tracer } = scope;
  const metrics = createMetrics('users', { process: true });
  const postgres = await openDatabase(config, scope);
  const redis = await openRedis({ url: config.REDIS_URL, log, keyPrefix: config.REDIS_KEY_PREFIX, tracer });
  scope.defer('redis', () => redis.disconnect());
  const { ACCESS_TOKEN_KEYS, accessTokenKeysFile: file } = config;
  const keys = openKeyRing({ log, clock }, { keys: ACCESS_TOKEN_KEYS, file });
  scope.defer('keys', () => keys.close());
  const deps = await createDeps(config, { postgres, redis, keys });
  const seeded = await seedAccounts({ ...deps, postgres }, config.SEED_ACCOUNTS);
  if (seeded > 0) log.info({ accounts: seeded }, 'seeded');

  const bus = await openBus({ url: config.RABBITMQ_URL, log, name: 'users', metrics, tracer });
  scope.defer('bus', () => bus.close());
  await bus.declare(eventQueues);
  const afterStoring = startMail(config, scope, postgres);
  await startEvents(config, { postgres, bus, metrics, notices: deps.notifications, afterStoring }, scope);

  const discovery = createDiscovery({ consulUrl: config.CONSUL_URL, log });
  scope.defer('discovery', () => discovery.close());
  const server = createHttpServer({ log });
  const { sdlHash, health } = serveUsers(server, { log, metrics, tracer, deps, keys }, config, {
    postgres: () => postgres.ping(),
    rabbitmq: () => bus.ping(),
    redis: () => redis.ping(),
    consul: () => discovery.isReachable(),
  });
  serveMetrics(server, metrics);
  scope.defer('http', () => server.close());
  const drain = createLameDuck(server, config.DRAIN_WAIT_MS);
  const { port, url } = await listen(server, { host: config.SERVICE_HOST, port: config.SERVICE_PORT });
  scope.defer('lame duck', drain);
  scope.defer('readiness', () => health.beginShutdown());

  const meta = { sdlHash, graphqlPath: '/graphql', batchPath };
  const service = { name: 'users', address: config.SERVICE_ADDRESS, port, tags: ['subgraph'], meta };
  const registration = await discovery.register(service);
  scope.defer('registration', () => registration.deregister());
  return { url, port };
}

async function openDatabase(config: UsersConfig, scope: Scope): Promise<Postgres> {
  const postgres = await openPostgres({
    url: config.DATABASE_URL,
    schema: schemaName,
    entities: [UserEntity, NotificationEntity],
    migrations: userMigrations,
    log: scope.log,
    tracer: scope.tracer,
  });
  scope.defer('postgres', () => postgres.close());
  await postgres.migrate();
  const pruning = startPruning({ postgres, log: scope.log }, [outboxPruning, inboxPruning]);
  scope.defer('pruning', () => pruning.close());
  return postgres;
}

async function createDeps(
  config: UsersConfig,
  { postgres, redis, keys }: { postgres: Postgres; redis: Redis; keys: KeyRing },
): Promise<UsersParts['deps']> {
  const { ACCESS_TOKEN_ISSUER: issuer, ACCESS_TOKEN_AUDIENCE: audience } = config;
  const sessionOptions = { lifetimeMs: config.sessionLifetimeMs, graceMs: config.REFRESH_GRACE_MS };
  const throttleOptions = {
    maxPerAccount: config.SIGN_IN_MAX_FAILURES_PER_ACCOUNT,
    maxPerAddress: config.SIGN_IN_MAX_FAILURES_PER_ADDRESS,
    windowMs: config.SIGN_IN_WINDOW_MS,
  };
  return {
    users: createUserStore({ postgres }),
    notifications: createNotificationStore({
      postgres,
      newEventId: randomUUIDv7,
      isMailed: config.SMTP_URL !== undefined,
    }),
    passwords: await createPasswords(),
    sessions: createSessionStore({ redis, clock }, sessionOptions),
    throttle: createSignInThrottle({ redis }, throttleOptions),
    accessTokens: createAccessTokenIssuer({ keys, issuer, audience, clock, newTokenId: randomUUID }),
    announcer: createAnnouncer({ postgres }),
    clock,
    newEventId: randomUUIDv7,
  };
}

interface EventParts {
  readonly postgres: Postgres;
  readonly bus: Bus;
  readonly metrics: Metrics;
  readonly notices: UsersParts['deps']['notifications'];
  afterStoring(): void;
}

/** Mails notifications when there is a mail server, and returns what sets that off at once. */
function startMail({ SMTP_URL: url, MAIL_FROM: from }: UsersConfig, scope: Scope, postgres: Postgres): () => void {
  if (url === undefined) return () => undefined;
  const postman = openSmtpPostman(scope, { url, from });
  scope.defer('postman', () => postman.close());
  const mails = createMailQueue({ postgres });
  const sweep = (limit: number) => sendMails({ mails, postman }, limit);
  const sweeper = startSweeper(scope, { name: 'mail', everyMs: MAIL_EVERY_MS, batchSize: 20, sweep });
  scope.defer('mail', () => sweeper.close());
  return () => void sweeper.sweepNow();
}

async function startEvents(config: UsersConfig, parts: EventParts, scope: Scope): Promise<void> {
  const { bus, notices, afterStoring } = parts;
  const deps = { ...parts, log: scope.log };
  const relay = await startRelay(deps, { schema: schemaName });
  scope.defer('relay', () => relay.close());
  const { RABBITMQ_MANAGEMENT_URL: managementUrl, RABBITMQ_URL: brokerUrl } = config;
  const watch = startBindingWatch(deps, { managementUrl, brokerUrl, exchange: schemaName, queues: eventQueues });
  if (watch) scope.defer('watch of bindings', () => watch.close());
  const consumer = await consumeUserNotifications({ bus, notices, afterStoring });
  scope.defer('consumer', () => consumer.close());
}

if (import.meta.main) await runService('users', (scope) => startUsers(readUsersConfig(process.env), scope));
