import type { EntityManager } from '@mikro-orm/postgresql';
import { once } from '@storefront/platform/inbox/once.ts';
import { appendEvents } from '@storefront/platform/outbox/append-events.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import { announcePoints, type Notification, type PointsEntry } from '../domain/notification.ts';
import type { NewEventId, Notices, UsersNotice } from '../use-cases/ports.ts';
import { NotificationEntity, schemaName } from './entities.ts';
import { storeNotices } from './store-notices.ts';

/** A piece of each user's notifications: those with ids below `beforeId`, newest first. */
export interface NotificationPage {
  readonly limit: number;
  readonly beforeId: string | null;
}

/** The notifications in Postgres. */
export interface NotificationStore extends Notices {
  /** One page for each of the users, in one statement whatever their number. */
  pageOfEach(userIds: readonly string[], page: NotificationPage): Promise<Map<string, Notification[]>>;
}

const consumer = 'users.user_notifications';

/** What the store needs. With `isMailed`, what it stores waits to be mailed. */
export interface NotificationStoreDeps {
  readonly postgres: Pick<Postgres, 'fork'>;
  readonly newEventId: NewEventId;
  readonly isMailed: boolean;
}

/** Opens the store of notifications. */
export function createNotificationStore(deps: NotificationStoreDeps): NotificationStore {
  const fork = () => deps.postgres.fork();
  return {
    store: async (notice) => {
      let isStored = false;
      const inbox = await once(fork, { consumer, eventId: notice.eventId }, async (em) => {
        isStored = await storeNotice(em, notice, deps);
      });
      if (inbox === 'duplicate') return 'known';
      return isStored ? 'stored' : 'no-such-user';
    },
    storeAll: (notices) => {
      const { newEventId, isMailed } = deps;
      return storeNotices({ em: fork(), consumer, newEventId, isMailed }, notices);
    },
    pageOfEach: async (userIds, page) => {
      const em = fork();
      const rows = await em.execute(pageOfEachSql, [`{${userIds.join(',')}}`, page.beforeId, page.limit]);
      const notifications = rows.map((row) => toNotification(em.map(NotificationEntity, row)));
      return Map.groupBy(notifications, ({ userId }) => userId);
    },
  };
}

const pageOfEachSql = `
  select newest.*
  from unnest(?::bigint[]) as wanted (user_id)
  cross join lateral (
    select * from ${schemaName}.notifications
    where notifications.user_id = wanted.user_id and notifications.id < coalesce(?::bigint, 9223372036854775807)
    order by notifications.id desc
    limit ?
  ) as newest
  order by newest.user_id, newest.id desc`;

/** False when nobody has this id (any more): the row is locked first, so that it cannot go away in between. */
async function storeNotice(
  em: EntityManager,
  notice: UsersNotice,
  { newEventId, isMailed }: NotificationStoreDeps,
): Promise<boolean> {
  const { userId, type, message, eventId, at } = notice;
  const rows = await em.execute(
    `insert into ${schemaName}.notifications (user_id, type, message, event_id, created_at, mail, mail_due_at)
     select id, ?, ?, ?, ?::timestamptz, ?, ?::timestamptz from ${schemaName}.users where id = ? for no key update
     returning id`,
    [type, message, eventId, at, isMailed ? 'waiting' : 'none', isMailed ? at : null, userId],
  );
  if (rows.length === 0) return false;
  if (notice.points !== null) await bookPoints(em, notice, { entry: notice.points, eventId: newEventId() });
  return true;
}

/** Books points for an order, unless they have been: the entry, the balance and the event commit together. */
async function bookPoints(
  em: EntityManager,
  { userId, at }: UsersNotice,
  { entry, eventId }: { readonly entry: PointsEntry; readonly eventId: string },
): Promise<void> {
  const { orderId, kind, change } = entry;
  const [booked] = await em.execute<{ balance: number }[]>(
    `with entry as (
       insert into ${schemaName}.points_entries (order_id, kind, user_id, change, created_at) values (?, ?, ?, ?, ?)
       on conflict do nothing returning user_id, change)
     update ${schemaName}.users set loyalty_points = loyalty_points + entry.change from entry
     where users.id = entry.user_id returning loyalty_points as balance`,
    [orderId, kind, userId, change, at],
  );
  if (booked) await appendEvents(em, [announcePoints(entry, { userId, balance: booked.balance, eventId, at })]);
}

function toNotification({ id, userId, type, message, createdAt }: Notification): Notification {
  return { id, userId, type, message, createdAt };
}
