import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../log/log.ts';
import { runAsPartOf, Work } from '../process/work.ts';
import { type TestDatabase, testDatabase } from '../testing/servers.ts';
import { until } from '../testing/until.ts';
import { openPostgres, type Postgres } from './open.ts';

const log = createLog({ service: 'test', level: 'silent' });
let database: TestDatabase;
let postgres: Postgres;

beforeAll(async () => {
  database = await testDatabase({ schema: 'orders' });
  const options = { url: database.url, schema: 'orders', entities: [], migrations: [], log };
  postgres = await openPostgres({ ...options, poolSize: 1, statementTimeoutMs: 25_000 });
});
afterAll(async () => {
  await postgres.close();
  await database.everySessionEnded();
  await database.drop();
});

const run = (sql: string) => postgres.orm.em.getConnection().execute(sql);
const running = async () => {
  const rows = await postgres.orm.em
    .getConnection()
    .execute<{ count: string }[]>("select count(*) from pg_stat_activity where query like 'select pg_sleep%'");
  return Number(rows[0]?.count);
};

describe('statements of work that nobody waits for any more', () => {
  it('are cancelled at the server, and the session takes the next one', async () => {
    const work = new Work();
    const sleeping = runAsPartOf(work, () => run('select pg_sleep(20)'));
    sleeping.catch(() => undefined);
    const other = await openPostgres({ url: database.url, schema: 'orders', entities: [], migrations: [], log });
    await until(async () => {
      const rows = await other.orm.em
        .getConnection()
        .execute("select 1 from pg_stat_activity where query = 'select pg_sleep(20)'");
      return rows.length > 0;
    });

    work.abandon(new Error('gone'));

    await expect(sleeping).rejects.toThrow('gone');
    expect(await running()).toBe(0);
    await other.close();
  });

  it('are not begun', async () => {
    const work = new Work();
    work.abandon(new Error('gone'));

    await expect(runAsPartOf(work, () => run('select no_such_column'))).rejects.toThrow('gone');
  });

  it('undo their transaction', async () => {
    await run('create table kept (id int)');
    const work = new Work();

    const writing = runAsPartOf(work, () =>
      postgres.fork().transactional(async (em) => {
        await em.execute('insert into kept values (1)');
        work.abandon(new Error('gone'));
        await em.execute('insert into kept values (2)');
      }),
    );

    await expect(writing).rejects.toThrow('gone');
    await expect(run('select * from kept')).resolves.toEqual([]);
  });

  it('leave those of others alone', async () => {
    const work = new Work();

    const answer = runAsPartOf(work, () => run('select 1 as one'));
    await answer;
    work.abandon(new Error('gone'));

    await expect(run('select 2 as two')).resolves.toEqual([{ two: 2 }]);
  });
});
