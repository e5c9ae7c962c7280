import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defineEntity, p } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';
import { createLog } from '../log/log.ts';
import { type TestDatabase, testDatabase } from '../testing/servers.ts';
import { until } from '../testing/until.ts';
import { isUniqueViolation } from './errors.ts';
import { openPostgres, type Postgres, type PostgresOptions } from './open.ts';

const Thing = defineEntity({
  name: 'Thing',
  tableName: 'things',
  properties: { id: p.bigint('string').primary(), name: p.text() },
});

class Things extends Migration {
  static readonly migrationName = '001-things';
  override up(): void {
    this.addSql('create table things (id bigint generated always as identity primary key, name text not null)');
  }
}

class FirstThing extends Migration {
  static readonly migrationName = '002-first-thing';
  override up(): void {
    this.addSql("insert into things (name) select 'first' from pg_sleep(0.2)");
    this.addSql('alter table things add constraint things_name_taken unique (name)');
  }
}

class Broken extends Migration {
  static readonly migrationName = '004-broken';
  override up(): void {
    this.addSql('select no_such_column from things');
  }
}

class BeforeBroken extends Migration {
  static readonly migrationName = '003-before-broken';
  override up(): void {
    this.addSql('create table rolled_back ()');
  }
}

const log = createLog({ service: 'test', level: 'silent' });
let database: TestDatabase;
const opened: Postgres[] = [];

beforeAll(async () => {
  database = await testDatabase({ schema: 'orders' });
});

afterAll(async () => {
  await Promise.all(opened.map((postgres) => postgres.close()));
  await database.everySessionEnded();
  await database.drop();
});

async function open(options: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const postgres = await openPostgres({
    url: database.url,
    schema: 'orders',
    entities: [Thing],
    migrations: [Things, FirstThing],
    log,
    ...options,
  });
  opened.push(postgres);
  return postgres;
}

describe('migrate', () => {
  it('applies each migration once when four replicas start at once', async () => {
    const replicas = await Promise.all([1, 2, 3, 4].map(() => open()));

    const applied = await Promise.all(replicas.map((replica) => replica.migrate()));

    expect(applied.flat()).toEqual(['001-things', '002-first-thing']);
    expect(await replicas[0]?.fork().find(Thing, {})).toMatchObject([{ id: '1', name: 'first' }]);
  });

  it('keeps its record in the schema of the service', async () => {
    const postgres = await open();

    const rows = await postgres.fork().execute('select name from orders.migrations order by name');

    expect(rows).toEqual([{ name: '001-things' }, { name: '002-first-thing' }]);
  });

  it('applies nothing when one of the pending migrations fails', async () => {
    const postgres = await open({ migrations: [Things, FirstThing, BeforeBroken, Broken] });

    await expect(postgres.migrate()).rejects.toThrow('no_such_column');

    const [row] = await postgres.fork().execute("select to_regclass('orders.rolled_back') as there");
    expect(row).toEqual({ there: null });
  });
});

describe('a session', () => {
  it('ends a statement after its time', async () => {
    const postgres = await open({ statementTimeoutMs: 100 });

    await expect(postgres.fork().execute('select pg_sleep(2)')).rejects.toThrow('statement timeout');
  });

  it('waits a second at most for a free connection', async () => {
    const postgres = await open({ poolSize: 1 });
    const startedAt = performance.now();

    await postgres.fork().transactional(async () => {
      await expect(postgres.ping()).rejects.toThrow('timeout exceeded when trying to connect');
    });

    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('shows the name of its service and ends transactions that idle', async () => {
    const postgres = await open();

    const [settings] = await postgres.fork().execute(
      `select current_setting('application_name') as name,
              current_setting('idle_in_transaction_session_timeout') as idle`,
    );

    expect(settings).toEqual({ name: 'orders', idle: '5s' });
  });

  it('is replaced when the server ends it', async () => {
    const postgres = await open({ poolSize: 1 });
    const admin = await open({ url: database.adminUrl });
    const [session] = await postgres.fork().execute<{ pid: number }[]>('select pg_backend_pid() as pid');

    await admin.fork().execute('select pg_terminate_backend(?)', [session?.pid]);

    await until(() => postgres.ping().then(() => true));
  });
});

describe('openPostgres', () => {
  it('says which server it cannot reach, and never the password', async () => {
    const opening = open({ url: 'postgres://ada:secret@127.0.0.1:1/storefront' });

    await expect(opening).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: 'cannot use the database storefront on 127.0.0.1:1 as ada',
      cause: expect.objectContaining({ message: expect.stringContaining('ECONNREFUSED') }),
    });
  });

  it('refuses what is not a URL', async () => {
    await expect(open({ url: 'localhost' })).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });
});

describe('listen', () => {
  it('hears notifications, and says after a reconnect that some may have been missed', async () => {
    const postgres = await open();
    const admin = await open({ url: database.adminUrl });
    const heard: string[] = [];
    const listener = await postgres.listen('changes', (payload) => heard.push(payload));

    await postgres.fork().execute("select pg_notify('changes', 'one')");
    await until(() => heard.length === 1);
    await admin
      .fork()
      .execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like '%listens on changes'",
      );
    await until(() => heard.length === 2);
    await postgres.fork().execute("select pg_notify('changes', 'two')");
    await until(() => heard.length === 3);

    await listener.close();
    expect(heard).toEqual(['one', '', 'two']);
  });
});

describe('isUniqueViolation', () => {
  it('knows a taken value, by constraint, from every other fault', async () => {
    const em = (await open()).fork();

    const taken = await fault(em.insert(Thing, { name: 'first' }));
    const other = await fault(em.execute('select no_such_column'));

    expect(isUniqueViolation(taken)).toBe(true);
    expect(isUniqueViolation(taken, 'things_name_taken')).toBe(true);
    expect(isUniqueViolation(taken, 'things_pkey')).toBe(false);
    expect(isUniqueViolation(other)).toBe(false);
  });
});

async function fault(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
