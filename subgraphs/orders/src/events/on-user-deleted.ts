import { userDeleted } from '@storefront/schema/events/user-deleted.ts';
import { forgetBuyer } from '../use-cases/forget-buyer.ts';
import type { Reaction } from './reaction.ts';

/** An account is gone: its orders stay, without a buyer. */
export const onUserDeleted: Reaction = {
  type: userDeleted.type,
  async handle(deps, event) {
    await forgetBuyer(deps, userDeleted.parse(event).data.userId);
  },
};
