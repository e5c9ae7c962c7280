import type { Notification } from '../domain/notification.ts';
import type { User } from '../domain/user.ts';
import type { OpenSession } from '../use-cases/ports.ts';

/** What resolvers hand on for a User. */
export interface UserShape extends User {
  /** True when this very request proved to be the owner's, or opened the account: its caller may read all of it. */
  readonly isSelf?: boolean;
}

/** What resolvers hand on for a Notification. */
export type NotificationShape = Notification;

/** What resolvers hand on for an ActiveSession. */
export type ActiveSessionShape = OpenSession;
