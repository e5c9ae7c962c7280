import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderRejected } from '@storefront/schema/events/order-rejected.ts';
import type { ReleaseStockDeps } from '../use-cases/release-stock.ts';
import { releaseStock } from '../use-cases/release-stock.ts';

/** Gives back what the order holds, if anything: it may have timed out while its pieces were set aside. @throws EventRefused */
export async function onOrderRejected(deps: ReleaseStockDeps, event: DomainEvent): Promise<void> {
  const { id, data } = orderRejected.parse(event);
  await releaseStock(deps, { eventId: id, orderId: data.orderId });
}
