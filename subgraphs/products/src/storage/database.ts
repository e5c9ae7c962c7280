import { inboxPruning } from '@storefront/platform/inbox/inbox-table.ts';
import { outboxPruning } from '@storefront/platform/outbox/outbox-table.ts';
import { startPruning } from '@storefront/platform/postgres/prune.ts';
import { defineOutbox } from '@storefront/platform/outbox/outbox-message.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import { openPostgres } from '@storefront/platform/postgres/open.ts';
import type { Scope } from '@storefront/platform/process/run.ts';
import type { Clock } from '../use-cases/ports.ts';
import { ProductRow, ReservationRow, StockRow } from './entities.ts';
import { productMigrations } from './migrations/all.ts';
import { seedCatalogue } from './seed.ts';

/** What opening needs. `clock` dates the demo catalogue. */
export interface DatabaseOptions {
  readonly config: { readonly DATABASE_URL: string; readonly LOCAL_STACK: boolean };
  readonly clock: Clock;
  readonly scope: Pick<Scope, 'log' | 'tracer' | 'defer'>;
}

/** Opens the service's database for the life of the scope, migrated, and in the local stack with something to sell. */
export async function openDatabase({ config, clock, scope }: DatabaseOptions): Promise<Postgres> {
  const postgres = await openPostgres({
    url: config.DATABASE_URL,
    schema: 'products',
    entities: [ProductRow, StockRow, ReservationRow, defineOutbox('products')],
    migrations: productMigrations,
    log: scope.log,
    tracer: scope.tracer,
  });
  scope.defer('postgres', () => postgres.close());
  await postgres.migrate();
  const pruning = startPruning({ postgres, log: scope.log }, [outboxPruning, inboxPruning]);
  scope.defer('pruning', () => pruning.close());
  if (config.LOCAL_STACK && (await seedCatalogue({ postgres, clock })))
    scope.log.info('the catalogue was empty: seeded');
  return postgres;
}
