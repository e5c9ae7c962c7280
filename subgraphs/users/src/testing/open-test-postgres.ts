import { createLog } from '@storefront/platform/log/log.ts';
import { type Postgres, openPostgres } from '@storefront/platform/postgres/open.ts';
import { testDatabase } from '@storefront/platform/testing/servers.ts';
import { NotificationEntity, UserEntity, schemaName } from '../storage/entities.ts';
import { userMigrations } from '../storage/migrations/all.ts';

/** A migrated database of a test file's own. `open` gives one more pool on it; `close` closes all and drops it. */
export async function openTestPostgres(): Promise<{
  postgres: Postgres;
  open(): Promise<Postgres>;
  close(): Promise<void>;
}> {
  const log = createLog({ service: 'users', level: 'silent' });
  const database = await testDatabase({ schema: schemaName });
  const opened: Postgres[] = [];
  const open = async () => {
    const postgres = await openPostgres({
      url: database.url,
      schema: schemaName,
      entities: [UserEntity, NotificationEntity],
      migrations: userMigrations,
      log,
    });
    opened.push(postgres);
    return postgres;
  };
  const postgres = await open();
  await postgres.migrate();
  return {
    postgres,
    open,
    close: async () => {
      for (const each of opened) await each.close();
      await database.drop();
    },
  };
}
