import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { Clock, OrderStore, PriceNews } from '../use-cases/ports.ts';

/** What orders does on one kind of event. `orders` is in the transaction of the inbox row. */
export interface Reaction {
  readonly type: string;
  /** @throws EventRefused for data that is not the event's */
  handle(deps: ReactionDeps, event: DomainEvent): Promise<void>;
}

/** What reactions work with. */
export interface ReactionDeps {
  readonly orders: OrderStore;
  readonly clock: Clock;
  readonly prices: PriceNews;
}
