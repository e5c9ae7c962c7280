import type { Notice } from '../domain/notification.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { Notices } from './ports.ts';

/** Leaves a message for a user, with the points that come with it, once per event. A user who is gone gets nothing. */
export async function notifyUser({ notices }: { notices: Notices }, notice: Notice): Promise<void> {
  const { userId } = notice;
  if (userId === null || !isRowId(userId)) return;
  await notices.store({ ...notice, userId });
}
