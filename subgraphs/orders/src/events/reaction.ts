import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { Clock, OrderStore } from '../use-cases/ports.ts';

/** What orders does on one kind of event. `orders` is in the transaction of the inbox row. */
export interface Reaction {
  readonly type: string;
  /** @throws EventRefused for data that is not the event's */
  handle(deps: { readonly orders: OrderStore; readonly clock: Clock }, event: DomainEvent): Promise<void>;
}
