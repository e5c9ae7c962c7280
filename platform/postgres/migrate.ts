import { type Migration, Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Log } from '../log/log.ts';
import { openSession, sessionConfig, type SessionOptions } from './connection.ts';

/** A step of a schema: `up()` calls `addSql`. `migrationName` ('001-tables') is its identity for ever: never rename it. */
export interface MigrationClass {
  new (...parameters: ConstructorParameters<typeof Migration>): Migration;
  readonly migrationName: string;
}

interface MigrationRun {
  readonly url: string;
  readonly schema: string;
  readonly migrations: readonly MigrationClass[];
  readonly log: Log;
}

const MIGRATION_TIMEOUT_MS = 60_000;

/**
 * Applies the pending migrations in one transaction and returns their names. The lock belongs to a connection of its
 * own, because the migrator's pool may use another connection for each statement. Waits 60 s for its turn.
 * @throws CodedError DATABASE_UNREACHABLE; whatever the SQL of a migration throws, with nothing applied
 */
export async function runMigrations(run: MigrationRun): Promise<string[]> {
  const session = { ...run, applicationName: `${run.schema} migrations`, statementTimeoutMs: MIGRATION_TIMEOUT_MS };
  const lock = await openSession(session, run.log);
  try {
    await lock.query('select pg_advisory_lock(hashtextextended($1, 0))', [`migrations of ${run.schema}`]);
    return await applyPending(run, session);
  } finally {
    await lock.end();
  }
}

async function applyPending(
  { url, schema, migrations, log }: MigrationRun,
  session: SessionOptions,
): Promise<string[]> {
  const orm = new MikroORM({
    clientUrl: url,
    schema,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    pool: { min: 0, max: 2 },
    driverOptions: { ...sessionConfig(session), connectionTimeoutMillis: MIGRATION_TIMEOUT_MS }, // no request waits for it
    ensureDatabase: false,
    colors: false,
    logger: (message) => log.debug(message),
    migrations: {
      tableName: 'migrations',
      migrationsList: migrations.map((migration) => ({ name: migration.migrationName, class: migration })),
      snapshot: false,
      silent: true,
      disableForeignKeys: false,
    },
  });
  try {
    const applied = (await orm.migrator.up()).map(({ name }) => name);
    if (applied.length > 0) log.info({ schema, applied }, 'migrated');
    return applied;
  } finally {
    await orm.close(true);
  }
}
