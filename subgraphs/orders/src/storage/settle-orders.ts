import type { EntityManager } from '@mikro-orm/postgresql';
import { LEASE_SECONDS, type Outbox } from '@storefront/platform/outbox/hand-over.ts';
import { outboxChannel, outboxWriter } from '@storefront/platform/outbox/outbox-table.ts';
import { runStatement, type Statement } from '@storefront/platform/postgres/statement.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { announce } from '../domain/announce.ts';
import type { Change, NotAllowed, Order } from '../domain/order.ts';
import { SCHEMA } from './entities.ts';

const READ: Statement = {
  name: 'read-orders',
  text: `
    select id::text, status, rejection_reason as "rejectionReason", buyer_id::text as "buyerId", currency,
      total_amount_minor::float8 as "totalMinor", extract(epoch from placed_at)::float8 as placed,
      extract(epoch from updated_at)::float8 as updated
    from orders where id = any($1::bigint[])`,
};

/** A change happens if the status is still the one that it starts from, so that a message that comes again changes nothing. */
const SETTLE: Statement = {
  name: 'settle-orders',
  text: `
    with heard as (
      select * from jsonb_to_recordset($1::jsonb) as h(
        event_id text, order_id bigint, from_status text, to_status text, reason text, at timestamptz,
        type text, exchange text, told jsonb)
    ), changed as (
      update orders set status = to_status, rejection_reason = reason, updated_at = at from heard
      where orders.id = heard.order_id and orders.status = heard.from_status
      returning orders.id, heard.event_id, heard.from_status, heard.to_status, heard.reason, heard.at, heard.told,
        heard.type, heard.exchange
    ), history as (
      insert into order_transitions (order_id, from_status, to_status, reason, at, event_id)
      select id, from_status, to_status, reason, at, (told->>'id')::uuid from changed
    ), told as (
      insert into outbox (id, exchange, type, subject, event, not_before)
      select (told->>'id')::uuid, exchange, type, id::text, told, now() + make_interval(secs => $3::integer) from changed
    ), remembered as (
      insert into inbox (consumer, event_id)
      select $2, event_id from heard where told is null or event_id in (select event_id from changed)
      on conflict do nothing
    )
    select event_id, case when $3::integer is null then pg_notify($4, $5)::text end from changed`,
};

/** What settling works with. `consumer` names the queue in the memory of handled messages. */
export interface SettlingDeps {
  readonly em: EntityManager;
  readonly consumer: string;
  newEventId(): string;
  readonly outbox?: Outbox | undefined;
}

/** An answer about an order, and what it means for the order: a change, or nothing. */
export interface Answer {
  readonly event: DomainEvent;
  readonly orderId: string;
  decide(order: Order): Change | NotAllowed;
}

/**
 * Has the effects of several answers about different orders, each once, in two trips to the server: the orders are read,
 * and then all changes are stored with their history, their events and the memory of the answers. Returns the answers whose
 * order somebody else has changed in between: they have had no effect.
 */
export async function settleOrders(deps: SettlingDeps, answers: readonly Answer[]): Promise<Answer[]> {
  const { em, consumer, newEventId, outbox } = deps;
  const ids = `{${answers.map(({ orderId }) => orderId).join(',')}}`;
  const rows = await runStatement<OrderRow>(em, READ, [ids]);
  const orders = new Map(rows.map((row) => [row.id, toOrder(row)]));
  const heard = answers.map(({ event, orderId, decide }): Partial<StoredChange> & { event_id: string } => {
    const order = orders.get(orderId);
    const decision = order ? decide(order) : null;
    const change = decision && changeOf(decision, event, newEventId());
    return Object.assign({ event_id: event.id, order_id: orderId }, change);
  });
  const lease = outbox ? LEASE_SECONDS : null;
  const values = [JSON.stringify(heard), consumer, lease, outboxChannel(SCHEMA), outboxWriter()];
  const changed = new Set((await runStatement<{ event_id: string }>(em, SETTLE, values)).map((row) => row.event_id));
  outbox?.handOver(heard.flatMap(({ event_id, told }) => (told && changed.has(event_id) ? [told] : [])));
  const lost = new Set(heard.filter(({ event_id, told }) => told && !changed.has(event_id)).map((one) => one.event_id));
  return answers.filter(({ event }) => lost.has(event.id));
}

interface StoredChange {
  readonly from_status: string;
  readonly to_status: string;
  readonly reason: string | null;
  readonly at: Date;
  readonly type: string;
  readonly exchange: string;
  readonly told: DomainEvent;
}

function changeOf(decision: Change | NotAllowed, { traceparent }: DomainEvent, id: string): Partial<StoredChange> {
  if (decision.phase === 'not-allowed') return {};
  const { order, from, transition, events } = decision;
  const [event, ...others] = events;
  if (event === undefined || others.length > 0) throw new Error('a change of an order is told by one event');
  const told = announce(order, event, { id, traceparent });
  const { to, reason, at } = transition;
  return { from_status: from, to_status: to, reason, at, type: told.type, exchange: 'orders', told };
}

type OrderRow = Omit<Order, 'placedAt' | 'updatedAt'> & { readonly placed: number; readonly updated: number };

function toOrder({ placed, updated, ...order }: OrderRow): Order {
  return { ...order, placedAt: new Date(placed * 1_000), updatedAt: new Date(updated * 1_000) };
}
