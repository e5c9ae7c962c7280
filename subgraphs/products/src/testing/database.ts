import { createLog } from '@storefront/platform/log/log.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import { openScope } from '@storefront/platform/process/run.ts';
import { testDatabase } from '@storefront/platform/testing/servers.ts';
import { openDatabase } from '../storage/database.ts';

/** A database of a test file's own, migrated, with what one needs to look into it. */
export interface Bench {
  readonly url: string;
  readonly postgres: Postgres;
  /** Runs SQL outside the code under test. */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Opens the products database on the test server; `isStocked` seeds it as the local stack does. */
export async function openBench({ isStocked = false } = {}): Promise<Bench> {
  const database = await testDatabase({ schema: 'products' });
  const scope = openScope('products', createLog({ service: 'products', level: 'silent' }));
  const config = { DATABASE_URL: database.url, LOCAL_STACK: isStocked };
  const postgres = await openDatabase({ config, clock: { now: () => new Date() }, scope });
  return {
    url: database.url,
    postgres,
    query: <Row>(sql: string, values: readonly unknown[] = []) => postgres.fork().execute<Row[]>(sql, [...values]),
    close: async () => {
      await scope.close();
      await database.drop();
    },
  };
}
