import type { EntityManager } from '@mikro-orm/postgresql';
import { once } from '@storefront/platform/inbox/once.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import type { Notice, Notification } from '../domain/notification.ts';
import type { Notices } from '../use-cases/ports.ts';
import { NotificationEntity, schemaName } from './entities.ts';

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

/** Opens the store of notifications. */
export function createNotificationStore({ postgres }: { postgres: Postgres }): NotificationStore {
  return {
    store: async (notice) => {
      let isStored = false;
      const inbox = await once(postgres.fork(), { consumer, eventId: notice.eventId }, async (em) => {
        isStored = await storeNotice(em, notice);
      });
      if (inbox === 'duplicate') return 'known';
      return isStored ? 'stored' : 'no-such-user';
    },
    pageOfEach: async (userIds, page) => {
      const em = postgres.fork();
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
async function storeNotice(em: EntityManager, notice: Notice): Promise<boolean> {
  const owners = await em.execute(
    `update ${schemaName}.users set loyalty_points = loyalty_points + ? where id = ? returning id`,
    [notice.points, notice.userId],
  );
  if (owners.length === 0) return false;
  await em.insert(NotificationEntity, {
    userId: notice.userId,
    type: notice.type,
    message: notice.message,
    eventId: notice.eventId,
    createdAt: notice.at,
  });
  return true;
}

function toNotification({ id, userId, type, message, createdAt }: Notification): Notification {
  return { id, userId, type, message, createdAt };
}
