import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import type { ReserveStockDeps } from '../use-cases/reserve-stock.ts';
import { reserveStock } from '../use-cases/reserve-stock.ts';

/** Sets stock aside for a new order. @throws EventRefused */
export async function onOrderCreated(deps: ReserveStockDeps, event: DomainEvent): Promise<void> {
  const { id, data } = orderCreated.parse(event);
  await reserveStock(deps, { eventId: id, orderId: data.orderId }, data.lines);
}
