import { batchById } from '@storefront/platform/graphql/batch.ts';
import type { Notification } from '../domain/notification.ts';
import type { User } from '../domain/user.ts';
import type { NotificationPage, NotificationStore } from '../storage/notification-store.ts';
import type { UserStore } from '../storage/user-store.ts';

/** The loaders of one request: what many fields ask for one by one is read in one statement. */
export interface Loaders {
  /** The user, or null when nobody has this id. */
  userById(id: string): Promise<User | null>;
  /** One page of a user's notifications; the same page of many users is read together. */
  notificationsOf(userId: string, page: NotificationPage): Promise<Notification[]>;
}

/** Makes the loaders of one request. */
export function createLoaders({
  users,
  notifications,
}: {
  users: UserStore;
  notifications: NotificationStore;
}): Loaders {
  const byId = batchById((ids: readonly string[]) => users.byIds(ids));
  const byPage = new Map<string, ReturnType<typeof batchById<string, Notification[]>>>();
  return {
    userById: (id) => byId.load(id),
    notificationsOf: async (userId, page) => {
      const key = `${page.limit}:${page.beforeId ?? ''}`;
      const loader = byPage.get(key) ?? batchById((ids: readonly string[]) => notifications.pageOfEach(ids, page));
      byPage.set(key, loader);
      return (await loader.load(userId)) ?? [];
    },
  };
}
