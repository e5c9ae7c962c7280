import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderConfirmed } from '@storefront/schema/events/order-confirmed.ts';
import type { SellStockDeps } from '../use-cases/sell-stock.ts';
import { sellStock } from '../use-cases/sell-stock.ts';

/** Makes what the order holds sold. @throws EventRefused */
export async function onOrderConfirmed(deps: SellStockDeps, event: DomainEvent): Promise<void> {
  const { id, data } = orderConfirmed.parse(event);
  await sellStock(deps, { eventId: id, orderId: data.orderId });
}
