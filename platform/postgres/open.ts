import type { AnyEntity, EntityClass, EntitySchema } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Log } from '../log/log.ts';
import { databaseUnreachable, openSession, sessionConfig, type SessionOptions } from './connection.ts';
import type { Pool } from 'pg';
import type { Tracer } from '../telemetry/tracer.ts';
import { endAbandoned } from './end-abandoned.ts';
import { endSilent } from './end-silence.ts';
import { giveBackLost } from './give-back.ts';
import { listen } from './listen.ts';
import { type MigrationClass, runMigrations } from './migrate.ts';
import { tracedClient } from './traced-client.ts';

/** How much longer than a statement may take the server may be silent. */
const SILENCE_MS = 1_000;

/** An entity as `defineEntity` makes it. */
export type Entity = EntityClass<AnyEntity> | EntitySchema;

/** What `openPostgres` needs to know. `url` is the URL of the service's own role. */
export interface PostgresOptions {
  readonly url: string;
  /** The service's own schema: where its tables and its record of migrations are. */
  readonly schema: string;
  readonly entities: readonly Entity[];
  readonly migrations: readonly MigrationClass[];
  /** The most connections at once. Default 10. */
  readonly poolSize?: number;
  /** Default 1_500. */
  readonly statementTimeoutMs?: number;
  readonly log: Log;
  /** Makes a span of each statement that is run in the course of another. Default: none. */
  readonly tracer?: Tracer | null;
}

/** A service's own part of a Postgres server. Whoever opens it closes it. */
export interface Postgres {
  readonly orm: MikroORM;
  /** A clean unit of work: one per request, message or job. */
  fork(): EntityManager;
  /** Resolves when the server answers. @throws what the driver says, after 1 s without a connection at the latest */
  ping(): Promise<void>;
  /**
   * Applies what is pending, in the order of the list, all or nothing, and returns the names of what it applied.
   * Replicas that start together take turns (pg_advisory_lock on a connection of its own), so each is applied once.
   */
  migrate(): Promise<string[]>;
  /**
   * Calls `onNotify` for each NOTIFY on the channel, on a connection of its own that reconnects by itself. After a
   * reconnect it calls once with '', because notifications may have been missed.
   */
  listen(channel: string, onNotify: (payload: string) => void): Promise<{ close(): Promise<void> }>;
  /** Waits for running statements, then closes the pool. Listeners are closed by whoever opened them. */
  close(): Promise<void>;
}

/**
 * Opens the pool of a service and proves that the server answers. Sessions see only `schema`; a statement ends after
 * `statementTimeoutMs`, or with the request that it is for, an idle transaction after 5 s, the wait for a free connection after 1 s.
 * @throws CodedError DATABASE_UNREACHABLE with host, database and role, and the cause
 */
export async function openPostgres(options: PostgresOptions): Promise<Postgres> {
  const { url, schema, migrations, log, poolSize = 10, statementTimeoutMs = 1_500 } = options;
  const session = { url, schema, applicationName: schema, statementTimeoutMs };
  if (!URL.canParse(url)) throw databaseUnreachable(url, new TypeError('DATABASE_URL is not a URL'));
  const probe = await openSession(session, log);
  await probe.end();
  const orm = createOrm(options, session, poolSize);
  return {
    orm,
    fork: () => orm.em.fork(),
    ping: async () => void (await orm.em.getConnection().execute('select 1')),
    migrate: () => runMigrations({ url, schema, migrations, log }),
    listen: (channel, onNotify) => listen({ session, log }, channel, onNotify),
    close: () => orm.close(true),
  };
}

function createOrm(
  { url, schema, entities, log, tracer = null }: PostgresOptions,
  session: SessionOptions,
  poolSize: number,
): MikroORM {
  return new MikroORM({
    clientUrl: url,
    schema,
    entities: [...entities],
    discovery: { warnWhenNoEntities: false },
    pool: { min: 0, max: poolSize, idleTimeoutMillis: 30_000 },
    driverOptions: {
      ...sessionConfig(session),
      ...(tracer ? { Client: tracedClient(tracer) } : {}),
      onPoolCreated: (pool: Pool) => {
        endAbandoned(pool);
        endSilent(pool, session.statementTimeoutMs + SILENCE_MS);
        giveBackLost(pool);
      },
    },
    ensureDatabase: false,
    colors: false,
    logger: (message) => log.debug(message),
  });
}
