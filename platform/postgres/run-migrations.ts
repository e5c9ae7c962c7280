import { readConfig } from '../config/config.ts';
import { url } from '../config/fields.ts';
import { openScope } from '../process/scope.ts';
import { createLog } from '../log/log.ts';
import type { MigrationClass } from './migrate.ts';
import { openPostgres } from './open.ts';

/** Whose tables, and the steps to those of today. */
export interface ServiceMigrations {
  readonly schema: string;
  readonly migrations: readonly MigrationClass[];
}

/**
 * Brings the tables of a service up to date and ends, for a job before a new version starts; the service itself does the same when it
 * starts. Takes DATABASE_URL. Returns the names of the migrations that were done, none when all were.
 * @throws ConfigError, CodedError DATABASE_UNREACHABLE
 */
export async function runMigrations(
  { schema, migrations }: ServiceMigrations,
  environment: Record<string, string | undefined>,
): Promise<string[]> {
  const config = readConfig({ DATABASE_URL: url('postgres', 'postgresql') }, environment);
  const log = createLog({ service: `${schema}-migrations`, level: 'info' });
  const scope = openScope(schema, log);
  try {
    const options = { url: config.DATABASE_URL, schema, entities: [], migrations, log, poolSize: 1 };
    const postgres = await openPostgres(options);
    scope.defer('postgres', () => postgres.close());
    const done = await postgres.migrate();
    log.info({ done }, done.length > 0 ? 'migrated' : 'up to date');
    return done;
  } finally {
    await scope.close();
  }
}
