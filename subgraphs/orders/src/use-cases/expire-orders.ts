import { reject } from '../domain/order.ts';
import type { Clock, OrderStore } from './ports.ts';

/** What giving up on orders needs. */
export interface Deps {
  readonly orders: OrderStore;
  readonly clock: Clock;
}

/**
 * Rejects orders that nobody answered for in `timeoutMs`, at most `batchSize` of them, in one transaction.
 * Resolves to how many. Safe with several replicas: each takes orders that no other holds.
 */
export async function expireOrders(
  { orders, clock }: Deps,
  { timeoutMs, batchSize }: { readonly timeoutMs: number; readonly batchSize: number },
): Promise<number> {
  return orders.together(async (locked) => {
    const at = clock.now();
    const stale = await locked.lockPendingBefore(new Date(at.getTime() - timeoutMs), batchSize);
    for (const order of stale) {
      const decision = reject(order, 'TIMED_OUT', at);
      if (decision.phase === 'changed') await locked.commit(decision);
    }
    return stale.length;
  });
}
