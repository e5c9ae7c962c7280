import type { Notice } from '../domain/notification.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { Notices, UsersNotice } from './ports.ts';

/** Leaves a message for a user, with the points that come with it, once per event. A user who is gone gets nothing. */
export async function notifyUser({ notices }: { notices: Notices }, notice: Notice): Promise<void> {
  const [addressed] = addressedOf([notice]);
  if (addressed) await notices.store(addressed);
}

/** The same for several events at once. */
export async function notifyUsers({ notices }: { notices: Notices }, several: readonly Notice[]): Promise<void> {
  const addressed = addressedOf(several);
  if (addressed.length > 0) await notices.storeAll(addressed);
}

function addressedOf(notices: readonly Notice[]): UsersNotice[] {
  return notices.flatMap((notice) => {
    const { userId } = notice;
    return userId !== null && isRowId(userId) ? [{ ...notice, userId }] : [];
  });
}
