import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import type { EntityManager } from '@mikro-orm/postgresql';
import { createLog } from '../log/log.ts';
import { type TestDatabase, testDatabase } from '../testing/servers.ts';
import { openPostgres, type Postgres } from './open.ts';
import { transact } from './transact.ts';

class Counters extends Migration {
  static readonly migrationName = '001-counters';
  override up(): void {
    this.addSql('create table counters (name text primary key, value integer not null)');
    this.addSql("insert into counters values ('a', 0), ('b', 0)");
  }
}

const log = createLog({ service: 'test', level: 'silent' });
let database: TestDatabase;
let postgres: Postgres;
const fork = () => postgres.fork();

beforeAll(async () => {
  database = await testDatabase({ schema: 'orders' });
  postgres = await openPostgres({ url: database.url, schema: 'orders', entities: [], migrations: [Counters], log });
  await postgres.migrate();
});
afterAll(async () => {
  await postgres.close();
  await database.drop();
});

const count = (em: EntityManager, name: string) =>
  em.execute('update counters set value = value + 1 where name = ?', [name]);

async function values(): Promise<number[]> {
  const rows = await fork().execute<{ value: number }[]>('select value from counters order by name');
  return rows.map(({ value }) => value);
}

/** Resolves when it has been called by both parties, or after a moment, so that a retry does not wait for the other. */
function meetingOfTwo(): () => Promise<unknown> {
  const met = Promise.withResolvers<void>();
  let parties = 0;
  return () => {
    parties += 1;
    if (parties === 2) met.resolve();
    return met.promise;
  };
}

describe('transact', () => {
  it('does the work again that a deadlock undid, so that both are done once', async () => {
    const [meet, ems] = [meetingOfTwo(), new Set<EntityManager>()];
    const inOrder = (first: string, second: string) =>
      transact(fork, async (em) => {
        ems.add(em);
        await count(em, first);
        await meet();
        await count(em, second);
      });

    await Promise.all([inOrder('a', 'b'), inOrder('b', 'a')]);

    expect(await values()).toEqual([2, 2]);
    expect(ems.size).toBe(3);
  });

  it('does the work again after a serialization failure', async () => {
    const meet = meetingOfTwo();
    const addToWhatIsRead = () =>
      transact(fork, async (em) => {
        await em.execute('set transaction isolation level repeatable read');
        const [row] = await em.execute<{ value: number }[]>("select value from counters where name = 'a'");
        await meet();
        await em.execute("update counters set value = ? where name = 'a'", [(row?.value ?? 0) + 10]);
      });
    const [before = 0] = await values();

    await Promise.all([addToWhatIsRead(), addToWhatIsRead()]);

    expect(await values()).toEqual([before + 20, 2]);
  });

  it('gives up after three repetitions', async () => {
    let tries = 0;
    const raise = "do $$ begin raise exception 'no' using errcode = '40001'; end $$";
    const working = transact(fork, async (em) => {
      tries += 1;
      await em.execute(raise);
    });

    await expect(working).rejects.toThrow('no');
    expect(tries).toBe(4);
  });

  it('does not repeat work that failed for a reason of its own', async () => {
    let tries = 0;
    const working = transact(fork, async () => {
      tries += 1;
      throw new Error('the order was refused');
    });

    await expect(working).rejects.toThrow('the order was refused');
    expect(tries).toBe(1);
  });
});
