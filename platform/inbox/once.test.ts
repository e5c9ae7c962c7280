import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import type { EntityManager } from '@mikro-orm/postgresql';
import { createLog } from '../log/log.ts';
import { openPostgres, type Postgres } from '../postgres/open.ts';
import { type TestDatabase, testDatabase } from '../testing/servers.ts';
import { inboxTableSql } from './inbox-table.ts';
import { once } from './once.ts';

class Inbox extends Migration {
  static readonly migrationName = '001-inbox';
  override up(): void {
    this.addSql(inboxTableSql('users'));
    this.addSql('create table points (amount int not null)');
  }
}

const log = createLog({ service: 'test', level: 'silent' });
let database: TestDatabase;
let postgres: Postgres;
const fork = () => postgres.fork();

beforeAll(async () => {
  database = await testDatabase({ schema: 'users' });
  postgres = await openPostgres({ url: database.url, schema: 'users', entities: [], migrations: [Inbox], log });
  await postgres.migrate();
});

afterAll(async () => {
  await postgres.close();
  await database.everySessionEnded();
  await database.drop();
});

beforeEach(async () => {
  await postgres.fork().execute('truncate inbox, points');
});

const delivery = { consumer: 'users.user_notifications', eventId: 'event-1' };

describe('once', () => {
  it('applies an effect and calls the second delivery a duplicate', async () => {
    const first = await once(fork, delivery, award);
    const second = await once(fork, delivery, award);

    expect([first, second]).toEqual(['applied', 'duplicate']);
    expect(await points()).toBe(1);
  });

  it('applies an effect once when ten deliveries come at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => once(fork, delivery, award)));

    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
    expect(await points()).toBe(1);
  });

  it('takes an event again whose effect failed, with nothing left of the first try', async () => {
    const failing = once(fork, delivery, async (em) => {
      await award(em);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');

    const again = await once(fork, delivery, award);

    expect(again).toBe('applied');
    expect(await points()).toBe(1);
  });

  it('lets each consumer take the event', async () => {
    await once(fork, delivery, award);

    const other = await once(fork, { ...delivery, consumer: 'another' }, award);

    expect(other).toBe('applied');
    expect(await points()).toBe(2);
  });
});

async function award(em: EntityManager): Promise<void> {
  await em.execute('insert into points values (10)');
}

async function points(): Promise<number> {
  return (await postgres.fork().execute('select amount from points')).length;
}
