import type { EntityManager } from '@mikro-orm/postgresql';
import type { Order, OrderLine, OrderStatus, Transition } from '../domain/order.ts';
import { OrderEntity, OrderLineEntity, type OrderRow, OrderTransitionEntity } from './entities.ts';
import { groupBy, toOrder } from './rows.ts';

/** Which part of a list of orders, newest first. `beforeId` is the id of the last order of the page before. */
export interface OrderSlice {
  readonly status: OrderStatus | null;
  readonly beforeId: string | null;
  /** At most so many orders per list. */
  readonly limit: number;
}

const fresh = { disableIdentityMap: true } as const;

/** Orders by id; ids that name no order are missing from the map. One statement. */
export async function ordersById(em: EntityManager, ids: readonly string[]): Promise<Map<string, Order>> {
  const rows = await em.find(OrderEntity, { id: { $in: [...ids] } }, fresh);
  return new Map(rows.map((row) => [row.id, toOrder(row)]));
}

/** One list of orders, of one buyer or of everybody when `buyerId` is null. One statement. */
export async function listOrders(em: EntityManager, buyerId: string | null, slice: OrderSlice): Promise<Order[]> {
  const rows = await em.find(
    OrderEntity,
    {
      ...(buyerId === null ? {} : { buyerId }),
      ...(slice.status === null ? {} : { status: slice.status }),
      ...(slice.beforeId === null ? {} : { id: { $lt: slice.beforeId } }),
    },
    { orderBy: { id: 'desc' }, limit: slice.limit, ...fresh },
  );
  return rows.map(toOrder);
}

/** The same part of the lists of several buyers, one index scan each. One statement. */
export async function listOrdersByBuyer(
  em: EntityManager,
  buyerIds: readonly string[],
  { status, beforeId, limit }: OrderSlice,
): Promise<Map<string, Order[]>> {
  const conditions = [status === null ? '' : 'and o.status = ?', beforeId === null ? '' : 'and o.id < ?'].join(' ');
  const rows = await em.execute<Record<string, unknown>[]>(
    `select page.* from unnest(array[?]::bigint[]) as buyer(id) cross join lateral (
       select * from orders o where o.buyer_id = buyer.id ${conditions} order by o.id desc limit ?
     ) page order by page.id desc`,
    [buyerIds, ...[status, beforeId].filter((value) => value !== null), limit],
  );
  const orders = rows.map((row) => toOrder(em.map(OrderEntity, row, fresh) as OrderRow));
  return groupBy(buyerIds, orders, ({ buyerId }) => buyerId ?? '');
}

/** The lines of several orders, in the order in which they were given. One statement. */
export async function linesByOrder(em: EntityManager, orderIds: readonly string[]): Promise<Map<string, OrderLine[]>> {
  const rows = await em.find(
    OrderLineEntity,
    { orderId: { $in: [...orderIds] } },
    { orderBy: { position: 'asc' }, ...fresh },
  );
  return groupBy(orderIds, rows, ({ orderId }) => orderId);
}

/** The histories of several orders, oldest entry first. One statement. */
export async function historyByOrder(
  em: EntityManager,
  orderIds: readonly string[],
): Promise<Map<string, Transition[]>> {
  const rows = await em.find(
    OrderTransitionEntity,
    { orderId: { $in: [...orderIds] } },
    { orderBy: { id: 'asc' }, ...fresh },
  );
  const groups = groupBy(orderIds, rows, ({ orderId }) => orderId);
  const toTransition = (row: (typeof rows)[number]): Transition => {
    return { from: row.fromStatus ?? null, to: row.toStatus, reason: row.reason ?? null, at: row.at };
  };
  return new Map(Array.from(groups, ([id, entries]) => [id, entries.map(toTransition)]));
}

/** How many of each product are in confirmed orders; 0 for a product that nobody bought. One statement. */
export async function unitsSoldByProduct(
  em: EntityManager,
  productIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await em.execute<{ product_id: string; units: string }[]>(
    `select l.product_id, sum(l.quantity) as units from order_lines l join orders o on o.id = l.order_id
     where l.product_id in (?) and o.status = 'CONFIRMED' group by l.product_id`,
    [productIds],
  );
  const sold = new Map(rows.map(({ product_id, units }) => [product_id, Number(units)]));
  return new Map(productIds.map((id) => [id, sold.get(id) ?? 0]));
}
