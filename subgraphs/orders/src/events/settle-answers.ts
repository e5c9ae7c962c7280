import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { stockRejected } from '@storefront/schema/events/stock-rejected.ts';
import { stockReserved } from '@storefront/schema/events/stock-reserved.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { Answer } from '../storage/settle-orders.ts';
import { decideOnAnswer, type StockAnswer } from '../use-cases/settle-order.ts';
import type { Clock } from '../use-cases/ports.ts';

/** What products' answer says about an order; null for an event that is none, or whose order cannot exist. @throws EventRefused */
export function readAnswer(event: DomainEvent, clock: Clock): Answer | null {
  const said = readStock(event);
  if (said === null || !isRowId(said.orderId)) return null;
  return { event, orderId: said.orderId, decide: (order) => decideOnAnswer(order, said.answer, clock.now()) };
}

function readStock(event: DomainEvent): { readonly orderId: string; readonly answer: StockAnswer } | null {
  if (event.type === stockReserved.type) {
    return { orderId: stockReserved.parse(event).data.orderId, answer: { phase: 'reserved' } };
  }
  if (event.type !== stockRejected.type) return null;
  const { orderId, reason } = stockRejected.parse(event).data;
  return { orderId, answer: { phase: 'rejected', reason } };
}
