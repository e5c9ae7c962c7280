import { type Bus, type Consumer, PermanentFault } from '@storefront/platform/bus/bus.ts';
import { EventRefused } from '@storefront/schema/events/event.ts';
import { reviewsAccounts } from '@storefront/schema/events/queues.ts';
import { userDeleted } from '@storefront/schema/events/user-deleted.ts';
import type { Reviews } from '../use-cases/ports.ts';

/** What following accounts needs. */
export interface ConsumeAccountsDeps {
  readonly bus: Pick<Bus, 'consume'>;
  readonly reviews: Pick<Reviews, 'forgetAuthor'>;
}

/**
 * Follows accounts: when one is gone, its reviews stay, without an author. Events come at least once; the effect of each happens
 * once. What is not the event that it says it is goes straight to the dead letters.
 */
export function consumeAccounts({ bus, reviews }: ConsumeAccountsDeps): Promise<Consumer> {
  return bus.consume({
    ...reviewsAccounts,
    handle: async (event) => {
      try {
        const { id, data } = userDeleted.parse(event);
        await reviews.forgetAuthor(data.userId, id);
      } catch (cause) {
        if (cause instanceof EventRefused) throw new PermanentFault(cause.message, { cause });
        throw cause;
      }
    },
  });
}
