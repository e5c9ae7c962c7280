import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderCancelled } from '@storefront/schema/events/order-cancelled.ts';
import type { ReleaseStockDeps } from '../use-cases/release-stock.ts';
import { releaseStock } from '../use-cases/release-stock.ts';

/** Gives back what the order holds or bought. @throws EventRefused */
export async function onOrderCancelled(deps: ReleaseStockDeps, event: DomainEvent): Promise<void> {
  const { id, data } = orderCancelled.parse(event);
  await releaseStock(deps, { eventId: id, orderId: data.orderId });
}
