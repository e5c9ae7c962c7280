import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeAccount, openAccount, tellOfChange, type User } from '../domain/user.ts';
import { openTestPostgres } from '../testing/open-test-postgres.ts';
import { type UserStore, createUserStore } from './user-store.ts';

let database: Awaited<ReturnType<typeof openTestPostgres>>;
let users: UserStore;

beforeAll(async () => {
  database = await openTestPostgres();
  users = createUserStore(database);
});
beforeEach(async () => {
  await database.postgres.fork().execute('truncate users, outbox restart identity cascade');
});
afterAll(() => database.close());

const at = new Date('2026-01-01T09:30:00.123Z');
const anAccount = (facts: { name?: string; email?: string } = {}) =>
  openAccount({ name: 'Ada', email: 'Ada@example.org', passwordHash: 'hash', ...facts }, at);

async function insert(facts: { name?: string; email?: string } = {}) {
  const user = await users.insert(anAccount(facts));
  if (user === 'email-taken') throw new Error('the address is taken');
  return user;
}

describe('the store of accounts', () => {
  it('gives back what was stored', async () => {
    const stored = await insert();

    expect(stored).toEqual({ ...anAccount(), id: '1' });
    expect(await users.byId('1')).toEqual(stored);
  });

  it('finds an address whatever the case of its letters', async () => {
    const stored = await insert();

    expect(await users.byEmail('ADA@EXAMPLE.org')).toEqual(stored);
    expect(await users.byEmail('bob@example.org')).toBeNull();
  });

  it('refuses the same address in another case', async () => {
    await insert();

    expect(await users.insert(anAccount({ email: 'ADA@example.ORG' }))).toBe('email-taken');
  });

  it('lets one of two accounts with one address in, when both come at once', async () => {
    const results = await Promise.all([users.insert(anAccount()), users.insert(anAccount())]);

    expect(results.filter((result) => result === 'email-taken')).toHaveLength(1);
  });

  it('leaves out ids that name nobody, or are no ids', async () => {
    await insert();

    const found = await users.byIds(['1', '2', 'x', '99999999999999999999']);

    expect([...found.keys()]).toEqual(['1']);
  });

  it('pages through all accounts by id', async () => {
    for (const name of ['a', 'b', 'c']) await insert({ name, email: `${name}@example.org` });

    const first = await users.page({ limit: 2, afterId: null });
    const second = await users.page({ limit: 2, afterId: '2' });

    expect([first, second].map((page) => page.map(({ name }) => name))).toEqual([['a', 'b'], ['c']]);
  });

  it('loses neither of two changes that come at once', async () => {
    await insert();

    await Promise.all([
      users.change('1', (user) => ({ ...user, loyaltyPoints: user.loyaltyPoints + 1 })),
      users.change('1', (user) => ({ ...user, loyaltyPoints: user.loyaltyPoints + 1 })),
    ]);

    expect(await users.byId('1')).toMatchObject({ loyaltyPoints: 2 });
  });

  it('refuses to change an address to one that is taken, and changes nothing', async () => {
    await insert();
    await insert({ email: 'bob@example.org' });

    const result = await users.change('2', (user) => ({ ...user, name: 'Bob', email: 'ada@example.org' }));

    expect(result).toBe('email-taken');
    expect(await users.byId('2')).toMatchObject({ name: 'Ada', email: 'bob@example.org' });
  });

  it('leaves what there is to tell of a change with the change, and nothing of one that fails', async () => {
    await insert();
    await insert({ email: 'bob@example.org' });
    const tell = (before: User, after: User) => tellOfChange(before, after, { eventId: randomUUIDv7(), at });

    await users.change('1', (user) => ({ ...user, name: 'Ada King' }), tell);
    await users.change('1', (user) => ({ ...user, loyaltyPoints: 5 }), tell);
    await users.change('2', (user) => ({ ...user, email: 'ada@example.org' }), tell);

    expect(await database.postgres.fork().execute('select type, subject from outbox')).toEqual([
      { type: 'user.updated', subject: '1' },
    ]);
  });

  it('has nothing to change for an id that names nobody', async () => {
    expect(await users.change('1', (user) => user)).toBeNull();
    expect(await users.change('x', (user) => user)).toBeNull();
  });

  it('removes an account together with its event', async () => {
    await insert();
    const events = closeAccount('1', { eventId: '0196f0c0-0000-7000-8000-000000000001', at });

    const isRemoved = await users.remove('1', events);

    expect(isRemoved).toBe(true);
    expect(await users.byId('1')).toBeNull();
    const outbox = await database.postgres.fork().execute('select type, subject from outbox');
    expect(outbox).toEqual([{ type: 'user.deleted', subject: '1' }]);
  });

  it('leaves no event when there is nobody to remove', async () => {
    const events = closeAccount('1', { eventId: '0196f0c0-0000-7000-8000-000000000002', at });

    expect(await users.remove('1', events)).toBe(false);
    expect(await database.postgres.fork().execute('select type from outbox')).toEqual([]);
  });
});
