import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUIDv7 } from 'node:crypto';
import { earn, type Notice, takeBack } from '../domain/notification.ts';
import { openAccount } from '../domain/user.ts';
import { openTestPostgres } from '../testing/open-test-postgres.ts';
import { type NotificationStore, createNotificationStore } from './notification-store.ts';
import { type UserStore, createUserStore } from './user-store.ts';

let database: Awaited<ReturnType<typeof openTestPostgres>>;
let notifications: NotificationStore;
let users: UserStore;

beforeAll(async () => {
  database = await openTestPostgres();
  notifications = createNotificationStore({ ...database, newEventId: randomUUIDv7, isMailed: false });
  users = createUserStore(database);
});
beforeEach(async () => {
  await database.postgres.fork().execute('truncate users, inbox, outbox restart identity cascade');
  for (const name of ['ada', 'bob']) {
    await users.insert(openAccount({ name, email: `${name}@example.org`, passwordHash: null }, at));
  }
});
afterAll(() => database.close());

const at = new Date('2026-01-01T09:30:00.123Z');
const total = { amountMinor: 1_250, currency: 'EUR' };
type UsersNotice = Notice & { userId: string };
const aNotice = (facts: Partial<UsersNotice> = {}): UsersNotice => ({
  userId: '1',
  eventId: 'event 1',
  type: 'order.confirmed',
  message: 'Order 7 was confirmed.',
  points: earn('7', total),
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

  it('keeps the messages and points of several events, each once, and tells of each booking', async () => {
    const notices = [
      aNotice({ eventId: 'placed', points: null }),
      aNotice({ eventId: 'seven' }),
      aNotice({ eventId: 'eight', points: earn('8', total) }),
      aNotice({ eventId: 'bob', userId: '2', points: earn('9', total) }),
      aNotice({ eventId: 'gone', userId: '77', points: earn('10', total) }),
    ];

    await notifications.storeAll(notices);
    await notifications.storeAll(notices);
    await notifications.store(aNotice({ eventId: 'seven' }));

    const sql = "select subject, event->'data' as data from outbox order by event->'data'->>'orderId'";
    expect([(await messagesOf('1')).length, (await messagesOf('2')).length]).toEqual([3, 1]);
    expect([await users.byId('1'), await users.byId('2')]).toMatchObject([
      { loyaltyPoints: 24 },
      { loyaltyPoints: 12 },
    ]);
    expect(await database.postgres.fork().execute(sql)).toEqual([
      { subject: '1', data: { userId: '1', orderId: '7', change: 12, balance: 24 } },
      { subject: '1', data: { userId: '1', orderId: '8', change: 12, balance: 24 } },
      { subject: '2', data: { userId: '2', orderId: '9', change: 12, balance: 12 } },
    ]);
  });

  it('ends at the same points when a cancellation overtakes its confirmation', async () => {
    await notifications.store(aNotice({ eventId: 'cancelled', points: takeBack('7', total) }));
    await notifications.store(aNotice({ eventId: 'confirmed' }));

    expect(await users.byId('1')).toMatchObject({ loyaltyPoints: 0 });
  });

  it('books the points of an order once, whatever event they come with, and announces each booking', async () => {
    for (const eventId of ['confirmed', 'confirmed again']) await notifications.store(aNotice({ eventId }));
    for (const eventId of ['cancelled', 'cancelled again'])
      await notifications.store(aNotice({ eventId, points: takeBack('7', total) }));

    const rows = await database.postgres.fork().execute("select event->'data' as data from outbox order by position");
    expect(await users.byId('1')).toMatchObject({ loyaltyPoints: 0 });
    expect(rows).toEqual([
      { data: { userId: '1', orderId: '7', change: 12, balance: 12 } },
      { data: { userId: '1', orderId: '7', change: -12, balance: 0 } },
    ]);
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
