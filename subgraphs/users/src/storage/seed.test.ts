import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAccount } from '../domain/user.ts';
import { readablePasswords, stoppedClock } from '../testing/builders.ts';
import { openTestPostgres } from '../testing/open-test-postgres.ts';
import { seedAccounts } from './seed.ts';
import { createUserStore } from './user-store.ts';

let database: Awaited<ReturnType<typeof openTestPostgres>>;

beforeAll(async () => {
  database = await openTestPostgres();
});
afterAll(() => database.close());

const accounts = ['ada', 'bob', 'carol'].map((name) => ({
  name,
  email: `${name}@example.org`,
  password: 'correct horse',
  role: name === 'carol' ? ('ADMIN' as const) : ('CUSTOMER' as const),
}));

const deps = () => ({ postgres: database.postgres, passwords: readablePasswords, clock: stoppedClock });

describe('seeding', () => {
  it('creates each account once when four replicas start at once, with ids from 1', async () => {
    const created = await Promise.all([1, 2, 3, 4].map(() => seedAccounts(deps(), accounts)));

    expect(created.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 3]);
    const users = await createUserStore(database).page({ limit: 10, afterId: null });
    expect(users.map(({ id, name, role }) => [id, name, role])).toEqual([
      ['1', 'ada', 'CUSTOMER'],
      ['2', 'bob', 'CUSTOMER'],
      ['3', 'carol', 'ADMIN'],
    ]);
  });

  it('gives the next account the next id', async () => {
    const account = { name: 'dave', email: 'dave@example.org', passwordHash: null };

    const dave = await createUserStore(database).insert(openAccount(account, stoppedClock.now()));

    expect(dave).toMatchObject({ id: '4' });
  });

  it('does not bring back accounts that were deleted', async () => {
    await database.postgres.fork().execute('delete from users');

    expect(await seedAccounts(deps(), accounts)).toBe(0);
  });
});

describe('migrating', () => {
  it('applies each migration once when four replicas start at once', async () => {
    const fresh = await openTestPostgres();
    await fresh.postgres
      .fork()
      .execute('drop table users, notifications, points_entries, inbox, outbox, migrations cascade');
    const replicas = await Promise.all([1, 2, 3, 4].map(() => fresh.open()));

    const applied = await Promise.all(replicas.map((replica) => replica.migrate()));

    await fresh.close();
    expect(applied.flat()).toEqual(['001-users-and-notifications', '002-points-and-mail']);
  });
});
