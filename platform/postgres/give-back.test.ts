import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createLog } from '../log/log.ts';
import { runAsPartOf, Work } from '../process/work.ts';
import { type TestDatabase, testDatabase } from '../testing/servers.ts';
import { openPostgres, type Postgres } from './open.ts';

const log = createLog({ service: 'test', level: 'silent' });
const poolSize = 2;
let database: TestDatabase;
let postgres: Postgres;

beforeAll(async () => {
  database = await testDatabase({ schema: 'orders' });
});
beforeEach(async () => {
  postgres = await openPostgres({ url: database.url, schema: 'orders', entities: [], migrations: [], log, poolSize });
});
afterEach(async () => {
  await postgres.close();
  await database.everySessionEnded();
});
afterAll(() => database.drop());

/** Ends every session of the pool, as a restart of the server would. */
async function endSessions(): Promise<void> {
  const admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'orders'");
  await admin.end();
}

describe('a pool', () => {
  it('keeps no session that broke in a transaction', async () => {
    for (let time = 0; time <= poolSize; time += 1) {
      const broken = postgres.fork().transactional(async (em) => {
        await em.execute('select 1');
        await endSessions();
        await em.execute('select 1');
      });
      await expect(broken).rejects.toThrow(/terminat|connection/i);
    }

    await expect(postgres.fork().execute('select 1 as one')).resolves.toEqual([{ one: 1 }]);
  });

  it('keeps no session whose transaction was not begun, since nobody waited for it any more', async () => {
    for (let time = 0; time <= poolSize; time += 1) {
      const work = new Work();
      work.abandon(new Error('gone'));
      const begun = runAsPartOf(work, () => postgres.fork().transactional(async () => undefined));
      await expect(begun).rejects.toThrow('gone');
    }

    await expect(postgres.fork().execute('select 1 as one')).resolves.toEqual([{ one: 1 }]);
  });
});
