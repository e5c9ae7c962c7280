import type { Change, NotAllowed, Order } from '../domain/order.ts';
import type { OrderStore } from './ports.ts';

/** What became of a change. */
export type ChangeOutcome =
  | { readonly phase: 'changed'; readonly order: Order }
  | { readonly phase: 'unknown' }
  | NotAllowed;

/** An order moves at most twice in its life, so the third reading is the last that somebody can have overtaken. */
const ATTEMPTS = 3;

/**
 * Reads an order, lets `decide` say what changes, and stores that by compare-and-set on the status. When somebody else
 * was faster it decides again on what the order is now. `decide` answers null for an order that it will not know.
 */
export async function changeOrder(
  orders: OrderStore,
  id: string,
  decide: (order: Order) => Change | NotAllowed | null,
): Promise<ChangeOutcome> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const order = await orders.find(id);
    const decision = order === null ? null : decide(order);
    if (decision === null) return { phase: 'unknown' };
    if (decision.phase === 'not-allowed') return decision;
    if (await orders.commit(decision)) return { phase: 'changed', order: decision.order };
  }
  throw new Error(`order ${id} changed ${ATTEMPTS} times while one change was tried`);
}
