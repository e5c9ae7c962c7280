import { outboxSubject } from '@storefront/platform/outbox/append-events.ts';
import { LEASE_SECONDS, type Outbox } from '@storefront/platform/outbox/hand-over.ts';
import { outboxChannel, outboxWriter } from '@storefront/platform/outbox/outbox-table.ts';
import { isUniqueViolation } from '@storefront/platform/postgres/errors.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import { runStatement, type Statement } from '@storefront/platform/postgres/statement.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { OrderMessage, ReservationWish } from '../use-cases/ports.ts';

/*
 * The pieces of many orders in one statement, when there is nothing to decide: nobody has heard of the orders, nobody else is
 * at work on them, and there is enough of everything for all of them. Otherwise it changes nothing, and the orders are taken
 * one after the other, each by the rules of reserve-stock.ts.
 *
 * Stock rows are locked in id order before anything is counted. A row of product 0 stands for the order itself: should a
 * cancellation that this statement cannot see yet have closed the order, the two rows collide and nothing is reserved.
 *
 * That the stock of a product has changed is told a second later, once for all orders until then.
 */
const RESERVE: Statement = {
  name: 'reserve-batch',
  text: `
    with heard as materialized (
      select * from jsonb_to_recordset($1::jsonb) as h(
        event_id text, order_id text, expires_at timestamptz, lines jsonb, type text, exchange text, told jsonb)
    ), wanted as materialized (
      select heard.order_id, heard.expires_at, line.product_id, line.quantity
      from heard, jsonb_to_recordset(heard.lines) as line(product_id bigint, quantity integer)
    ), demand as materialized (
      select product_id, sum(quantity)::integer as quantity from wanted group by product_id
    ), locked as materialized (
      select stock.product_id, stock.available from products.stock
      where product_id = any(array(select product_id from demand)) order by product_id for update
    ), ours as materialized (
      select count(*) filter (where pg_try_advisory_xact_lock(hashtextextended('products.order:' || order_id, 0))) as n
      from heard
    ), possible as materialized (
      select (select n from ours) = (select count(*) from heard)
        and (select count(*) from demand join locked using (product_id) where available >= demand.quantity)
          = (select count(*) from demand)
        and not exists (select from products.products
          where id = any(array(select product_id from demand)) and withdrawn_at is not null)
        and not exists (select from products.inbox
          where consumer = $2 and event_id = any(array(select event_id from heard)))
        and not exists (select from products.reservations
          where order_id = any(array(select order_id from heard))) as yes
    ), taken as (
      update products.stock set available = stock.available - demand.quantity, reserved = stock.reserved + demand.quantity
      from demand, possible where possible.yes and stock.product_id = demand.product_id
    ), kept as (
      insert into products.reservations (order_id, product_id, quantity, status, expires_at)
      select order_id, product_id, quantity, 'held', expires_at from wanted, possible where possible.yes
      union all select order_id, 0, 0, 'held', expires_at from heard, possible where possible.yes
    ), remembered as (
      insert into products.inbox (consumer, event_id) select $2, event_id from heard, possible where possible.yes
    ), told as (
      insert into products.outbox (id, exchange, type, subject, event, not_before)
      select (told->>'id')::uuid, exchange, type, order_id, told, now() + make_interval(secs => $3::integer)
      from heard, possible where possible.yes
    ), changes as (
      insert into products.outbox (id, exchange, type, subject, event, not_before)
      select (told->>'id')::uuid, exchange, told->>'type', subject, told, now() + interval '1 second'
      from possible, jsonb_to_recordset($6::jsonb) as c(exchange text, subject text, told jsonb)
      where possible.yes and not exists (
        select from products.outbox waiting
        where waiting.subject = c.subject and waiting.type = told->>'type' and waiting.published_at is null
          and waiting.not_before > now() + interval '500 milliseconds')
    )
    select yes, case when yes and $3::integer is null then pg_notify($4, $5)::text end from possible`,
};

/** Like RESERVE: an order of which nothing is held is left alone, and one that somebody else is at work on is not told of. */
const SELL: Statement = {
  name: 'sell-batch',
  text: `
    with heard as materialized (
      select * from jsonb_to_recordset($1::jsonb) as h(event_id text, order_id text)
      where pg_try_advisory_xact_lock(hashtextextended('products.order:' || h.order_id, 0))
    ), sold as (
      update products.reservations set status = 'sold', expires_at = null from heard
      where reservations.order_id = heard.order_id and status = 'held'
      returning reservations.product_id, reservations.quantity
    ), demand as materialized (
      select product_id, sum(quantity)::integer as quantity from sold where product_id <> 0 group by product_id
    ), locked as materialized (
      select stock.product_id from products.stock
      where product_id = any(array(select product_id from demand)) order by product_id for update
    ), counted as (
      update products.stock set reserved = stock.reserved - demand.quantity, sold = stock.sold + demand.quantity
      from demand join locked using (product_id) where stock.product_id = demand.product_id
    ), remembered as (
      insert into products.inbox (consumer, event_id) select $2, event_id from heard on conflict do nothing
    )
    select event_id from heard`,
};

/** What batches work with. */
export interface BatchDeps {
  readonly postgres: Pick<Postgres, 'fork'>;
  /** Who sends events at once; without one they wait for the relay's next look. */
  readonly outbox?: Outbox | undefined;
}

/**
 * Sets the pieces of all of these orders aside, with their events and the memory of the messages; or nothing, and says so.
 * `changes` tell of the products' stock.
 */
export async function reserveBatch(
  { postgres, outbox }: BatchDeps,
  consumer: string,
  wishes: readonly ReservationWish[],
  changes: readonly DomainEvent[],
): Promise<boolean> {
  const heard = wishes.map(({ eventId, orderId, lines, expiresAt, told }) => ({
    event_id: eventId,
    order_id: orderId,
    expires_at: expiresAt,
    lines: lines.map(({ productId, quantity }) => ({ product_id: productId, quantity })),
    type: told.type,
    exchange: 'products',
    told,
  }));
  const lease = outbox ? LEASE_SECONDS : null;
  const values = [JSON.stringify(heard), consumer, lease, outboxChannel('products'), outboxWriter()];
  const toTell = JSON.stringify(changes.map((told) => ({ exchange: 'products', subject: outboxSubject(told), told })));
  const reserved = runStatement<{ yes: boolean }>(postgres.fork(), RESERVE, [...values, toTell]);
  const [row] = await reserved.catch((fault: unknown) => {
    if (isUniqueViolation(fault)) return []; // somebody else was faster, and nothing of this is stored
    throw fault;
  });
  if (row?.yes !== true) return false;
  outbox?.handOver(wishes.map(({ told }) => told));
  return true;
}

/** Makes what these orders hold sold. Returns the messages that had to be left out: somebody else is at work on the order. */
export async function sellBatch(
  { postgres }: BatchDeps,
  consumer: string,
  messages: readonly OrderMessage[],
): Promise<OrderMessage[]> {
  const heard = messages.map(({ eventId, orderId }) => ({ event_id: eventId, order_id: orderId }));
  const rows = await runStatement<{ event_id: string }>(postgres.fork(), SELL, [JSON.stringify(heard), consumer]);
  const taken = new Set(rows.map(({ event_id }) => event_id));
  return messages.filter(({ eventId }) => !taken.has(eventId));
}
