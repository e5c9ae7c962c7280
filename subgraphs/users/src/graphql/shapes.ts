import type { Notification } from '../domain/notification.ts';
import type { User } from '../domain/user.ts';

/** What resolvers hand on for a User. */
export interface UserShape extends User {
  /** True when this very request proved to be the owner's, or opened the account: its caller may read all of it. */
  readonly isSelf?: boolean;
}

/** What resolvers hand on for a Notification. */
export type NotificationShape = Notification;
