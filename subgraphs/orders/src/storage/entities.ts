import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { defineOutbox } from '@storefront/platform/outbox/outbox-message.ts';
import type { OrderStatus, RejectionReason } from '../domain/order.ts';

/** The Postgres schema that orders owns. */
export const SCHEMA = 'orders';

/** A row of `orders`. Ids are 64-bit numbers, held as text; the id of the buyer belongs to users, so there is no foreign key. */
export const OrderEntity = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    status: p.text().$type<OrderStatus>(),
    rejectionReason: p.text().$type<RejectionReason>().nullable(),
    buyerId: p.bigint('string').nullable(),
    currency: p.text(),
    totalAmountMinor: p.bigint('number'),
    placedAt: p.datetime(),
    updatedAt: p.datetime(),
    idempotencyScope: p.text().nullable(),
    idempotencyKey: p.text().nullable(),
    idempotencyFingerprint: p.text().nullable(),
  },
});

/** A row of `order_lines`: one product of one order, at the price of that moment. */
export const OrderLineEntity = defineEntity({
  name: 'OrderLine',
  tableName: 'order_lines',
  properties: {
    orderId: p.bigint('string').primary(),
    position: p.integer().primary(),
    productId: p.bigint('string'),
    quantity: p.integer(),
    unitPriceMinor: p.bigint('number'),
  },
});

/** A row of `order_transitions`: one change of one order's status. */
export const OrderTransitionEntity = defineEntity({
  name: 'OrderTransition',
  tableName: 'order_transitions',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    orderId: p.bigint('string'),
    fromStatus: p.text().$type<OrderStatus>().nullable(),
    toStatus: p.text().$type<OrderStatus>(),
    reason: p.text().nullable(),
    at: p.datetime(),
    eventId: p.uuid().nullable(),
  },
});

/** A stored order, as MikroORM hands it out. */
export type OrderRow = InferEntity<typeof OrderEntity>;

/** Everything that `openPostgres` needs to know about this service's tables. */
export function orderEntities() {
  return [OrderEntity, OrderLineEntity, OrderTransitionEntity, defineOutbox(SCHEMA)];
}
