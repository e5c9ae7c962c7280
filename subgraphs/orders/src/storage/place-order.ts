import type { EntityManager } from '@mikro-orm/postgresql';
import { LEASE_SECONDS } from '@storefront/platform/outbox/hand-over.ts';
import { outboxChannel, outboxWriter } from '@storefront/platform/outbox/outbox-table.ts';
import { runStatement, type Statement } from '@storefront/platform/postgres/statement.ts';
import { announce } from '../domain/announce.ts';
import type { Order } from '../domain/order.ts';
import type { NewOrder } from '../domain/place.ts';
import type { IdempotencyClaim } from '../use-cases/ports.ts';
import { SCHEMA } from './entities.ts';
import { lockNameOf } from './idempotency.ts';
import type { OrderStoreDeps } from './order-store.ts';

/**
 * The right to use a key belongs to one transaction at a time, and who does not get it does not wait. The database gives the
 * order its id, so it is the database that writes it into the event: `subject` and `data.orderId`.
 * Source: postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
const PLACE: Statement = {
  name: 'place-order',
  text: `
    with asked as (
      select * from jsonb_to_record($1::jsonb) as a(
        buyer_id bigint, currency text, total_minor bigint, placed_at timestamptz, lines jsonb, status text,
        scope text, key text, fingerprint text, lock_name text, type text, exchange text, event jsonb)
    ), placed as (
      insert into orders (status, buyer_id, currency, total_amount_minor, placed_at, updated_at,
        idempotency_scope, idempotency_key, idempotency_fingerprint)
      select status, buyer_id, currency, total_minor, placed_at, placed_at, scope, key, fingerprint from asked
      where key is null or pg_try_advisory_xact_lock(hashtextextended(lock_name, 0))
      on conflict (idempotency_scope, idempotency_key) do nothing
      returning id, id::text as text_id
    ), lines as (
      insert into order_lines (order_id, position, product_id, quantity, unit_price_minor)
      select placed.id, line.position - 1, (line.of->>'productId')::bigint, (line.of->>'quantity')::integer,
        (line.of->>'unitPriceMinor')::bigint
      from placed, asked, jsonb_array_elements(asked.lines) with ordinality as line(of, position)
    ), history as (
      insert into order_transitions (order_id, from_status, to_status, reason, at, event_id)
      select placed.id, null, asked.status, null, placed_at, (event->>'id')::uuid from placed, asked
    ), told as (
      insert into outbox (id, exchange, type, subject, event, not_before)
      select (event->>'id')::uuid, exchange, type, text_id,
        event || jsonb_build_object('subject', text_id, 'data', event->'data' || jsonb_build_object('orderId', text_id)),
        now() + make_interval(secs => $2::integer)
      from placed, asked
    )
    select text_id as id, case when $2::integer is null then pg_notify($3, $4)::text end from placed`,
};

/**
 * Stores an order, its lines, its history, its event and the claim in one statement, and hands the event over. Null when
 * another order has the key, or another transaction is about to give it one.
 */
export async function placeOrder(
  { em, newEventId, traceparent, outbox }: OrderStoreDeps & { readonly em: EntityManager },
  placed: NewOrder,
  claim: IdempotencyClaim | null,
): Promise<Order | null> {
  const { transition, buyerId, currency, totalMinor, placedAt, lines } = placed;
  const status = transition.to;
  const facts = { status, rejectionReason: null, buyerId, currency, totalMinor, placedAt, updatedAt: placedAt };
  const envelope = { id: newEventId(), traceparent };
  const [created, ...others] = placed.events;
  if (created === undefined || others.length > 0) throw new Error('a new order is told by one event');
  const eventOf = (order: Order) => announce(order, created, envelope);
  const event = eventOf({ id: '0', ...facts });
  const asked = {
    buyer_id: buyerId,
    currency,
    total_minor: totalMinor,
    placed_at: placedAt,
    lines,
    status,
    ...(claim && { scope: claim.scope, key: claim.key, fingerprint: claim.fingerprint, lock_name: lockNameOf(claim) }),
    type: event.type,
    exchange: 'orders',
    event,
  };
  const lease = outbox ? LEASE_SECONDS : null;
  const values = [JSON.stringify(asked), lease, outboxChannel(SCHEMA), outboxWriter()];
  const [row] = await runStatement<{ id: string }>(em, PLACE, values);
  if (!row) return null;
  const order = { id: row.id, ...facts };
  outbox?.handOver([eventOf(order)]);
  return order;
}
