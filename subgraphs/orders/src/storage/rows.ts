import type { Order } from '../domain/order.ts';
import type { OrderRow } from './entities.ts';

/** The order that a row holds. */
export function toOrder(row: OrderRow): Order {
  return {
    id: row.id,
    status: row.status,
    rejectionReason: row.rejectionReason ?? null,
    buyerId: row.buyerId ?? null,
    currency: row.currency,
    totalMinor: row.totalAmountMinor,
    placedAt: row.placedAt,
    updatedAt: row.updatedAt,
  };
}

/** Puts values into the lists of their keys; each key of `keys` gets a list, empty when nothing is its own. */
export function groupBy<K, V>(keys: readonly K[], values: readonly V[], keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>(keys.map((key) => [key, []]));
  for (const value of values) groups.get(keyOf(value))?.push(value);
  return groups;
}
