import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Notice } from '../domain/notification.ts';
import { openAccount } from '../domain/user.ts';
import { openTestPostgres } from '../testing/open-test-postgres.ts';
import { type NotificationStore, createNotificationStore } from './notification-store.ts';
import { type UserStore, createUserStore } from './user-store.ts';

let database: Awaited<ReturnType<typeof openTestPostgres>>;
let notifications: NotificationStore;
let users: UserStore;

beforeAll(async () => {
  database = await openTestPostgres();
  notifications = createNotificationStore(database);
  users = createUserStore(database);
});
beforeEach(async () => {
  await database.postgres.fork().execute('truncate users, inbox restart identity cascade');
  for (const name of ['ada', 'bob']) {
    await users.insert(openAccount({ name, email: `${name}@example.org`, passwordHash: null }, at));
  }
});
afterAll(() => database.close());

const at = new Date('2026-01-01T09:30:00.123Z');
const aNotice = (facts: Partial<Notice> = {}): Notice => ({
  userId: '1',
  eventId: 'event 1',
  type: 'order.confirmed',
  message: 'Order 7 was confirmed.',
  points: 12,
  at,
  ...facts,
});

async function messagesOf(userId: string, page = { limit: 10, beforeId: null as string | null }) {
  const found = await notifications.pageOfEach([userId], page);
  return (found.get(userId) ?? []).map(({ message }) => message);
}

describe('the store of notifications', () => {
  it('keeps a message and its points', async () => {
    expect(await notifications.store(aNotice())).toBe('stored');

    const found = await notifications.pageOfEach(['1'], { limit: 10, beforeId: null });
    expect(found.get('1')).toEqual([
      { id: '1', userId: '1', type: 'order.confirmed', message: 'Order 7 was confirmed.', createdAt: at },
    ]);
    expect(await users.byId('1')).toMatchObject({ loyaltyPoints: 12 });
  });

  it('keeps the message and the points of an event once, however often and at once it comes', async () => {
    const results = await Promise.all([1, 2, 3].map(() => notifications.store(aNotice())));

    expect(results.toSorted()).toEqual(['known', 'known', 'stored']);
    expect(await messagesOf('1')).toHaveLength(1);
    expect(await users.byId('1')).toMatchObject({ loyaltyPoints: 12 });
  });

  it('ends at the same points when a cancellation overtakes its confirmation', async () => {
    await notifications.store(aNotice({ eventId: 'cancelled', points: -12 }));
    await notifications.store(aNotice({ eventId: 'confirmed', points: 12 }));

    expect(await users.byId('1')).toMatchObject({ loyaltyPoints: 0 });
  });

  it('ignores a user who is gone', async () => {
    expect(await notifications.store(aNotice({ userId: '3' }))).toBe('no-such-user');
  });

  it('forgets the messages of a user who goes', async () => {
    await notifications.store(aNotice());

    await users.remove('1', []);

    expect(await messagesOf('1')).toEqual([]);
  });

  it('gives each user the newest messages, and pages on from there', async () => {
    for (const n of [1, 2, 3]) {
      await notifications.store(aNotice({ eventId: `ada ${n}`, message: `ada ${n}` }));
      await notifications.store(aNotice({ userId: '2', eventId: `bob ${n}`, message: `bob ${n}` }));
    }

    const found = await notifications.pageOfEach(['1', '2'], { limit: 2, beforeId: null });

    expect(found.get('1')?.map(({ message }) => message)).toEqual(['ada 3', 'ada 2']);
    expect(found.get('2')?.map(({ message }) => message)).toEqual(['bob 3', 'bob 2']);
    const last = found.get('1')?.at(-1);
    expect(await messagesOf('1', { limit: 2, beforeId: last?.id ?? null })).toEqual(['ada 1']);
  });
});
