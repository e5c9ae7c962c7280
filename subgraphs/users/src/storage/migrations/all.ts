import type { MigrationClass } from '@storefront/platform/postgres/migrate.ts';
import { UsersAndNotifications } from './001-users-and-notifications.ts';
import { PointsAndMail } from './002-points-and-mail.ts';

/** The steps to the tables of today, in their order. */
export const userMigrations: readonly MigrationClass[] = [UsersAndNotifications, PointsAndMail];
