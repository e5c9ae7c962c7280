import { batchById } from '@storefront/platform/graphql/batch.ts';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Order, OrderLine, Transition } from '../domain/order.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import {
  historyByOrder,
  linesByOrder,
  listOrdersByBuyer,
  ordersById,
  type OrderSlice,
  unitsSoldByProduct,
} from '../storage/order-queries.ts';

/** Loads by id; what one request asks for at a time goes to the database in one statement. */
export type Loader<V> = ReturnType<typeof batchById<string, V>>;

/** The loaders of one request. */
export interface Loaders {
  readonly order: Loader<Order>;
  readonly lines: Loader<OrderLine[]>;
  readonly history: Loader<Transition[]>;
  readonly unitsSold: Loader<number>;
  /** The loader, by buyer, of one part of each buyer's list. */
  ordersOfBuyer(slice: OrderSlice): Loader<Order[]>;
  /** Forgets what is known of an order that has changed. */
  forget(orderId: string): void;
}

/** Creates the loaders of one request; `fork` gives a fresh unit of work. Ids that cannot exist are never asked for. */
export function createLoaders(fork: () => EntityManager): Loaders {
  const byRowId = <V>(load: (em: EntityManager, ids: readonly string[]) => Promise<Map<string, V>>): Loader<V> =>
    batchById(async (ids: readonly string[]) => {
      const possible = ids.filter(isRowId);
      return possible.length === 0 ? new Map<string, V>() : load(fork(), possible);
    });
  const order = byRowId(ordersById);
  const history = byRowId(historyByOrder);
  const listsBySlice = new Map<string, Loader<Order[]>>();
  return {
    order,
    history,
    lines: byRowId(linesByOrder),
    unitsSold: byRowId(unitsSoldByProduct),
    ordersOfBuyer(slice) {
      const key = JSON.stringify([slice.status, slice.beforeId, slice.limit]);
      const loader = listsBySlice.get(key) ?? byRowId((em, buyerIds) => listOrdersByBuyer(em, buyerIds, slice));
      listsBySlice.set(key, loader);
      return loader;
    },
    forget(orderId) {
      order.clear(orderId);
      history.clear(orderId);
      listsBySlice.clear();
    },
  };
}
