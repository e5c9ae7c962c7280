import { inboxPruning } from '@storefront/platform/inbox/inbox-table.ts';
import { type Postgres, openPostgres } from '@storefront/platform/postgres/open.ts';
import { startPruning } from '@storefront/platform/postgres/prune.ts';
import type { Scope } from '@storefront/platform/process/run.ts';
import { ReviewRow, schemaName } from './entities.ts';
import { reviewMigrations } from './migrations/all.ts';

/** Opens the service's database for the life of the scope, migrated. @throws CodedError DATABASE_UNREACHABLE */
export async function openDatabase(url: string, scope: Pick<Scope, 'log' | 'tracer' | 'defer'>): Promise<Postgres> {
  const { log, tracer } = scope;
  const entities = [ReviewRow];
  const postgres = await openPostgres({ url, schema: schemaName, entities, migrations: reviewMigrations, log, tracer });
  scope.defer('postgres', () => postgres.close());
  await postgres.migrate();
  const pruning = startPruning({ postgres, log }, [inboxPruning]);
  scope.defer('pruning', () => pruning.close());
  return postgres;
}
