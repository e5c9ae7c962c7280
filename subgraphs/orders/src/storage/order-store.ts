import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { appendEvents, appendEventsAgain } from '@storefront/platform/outbox/append-events.ts';
import type { Outbox } from '@storefront/platform/outbox/hand-over.ts';
import { transact } from '@storefront/platform/postgres/transact.ts';
import { announce } from '../domain/announce.ts';
import { type Change, eventOf, type Order, type OrderEvent, type Transition } from '../domain/order.ts';
import type { NewOrder } from '../domain/place.ts';
import type { IdempotencyClaim, OrderStore, StoreOutcome } from '../use-cases/ports.ts';
import { OrderEntity, OrderTransitionEntity } from './entities.ts';
import { readClaim } from './idempotency.ts';
import { placeOrder } from './place-order.ts';
import { toOrder } from './rows.ts';

/** What the store works on. With an `em` that is in a transaction, every verb joins it. */
export interface OrderStoreDeps {
  readonly em: EntityManager;
  /** Makes UUIDv7s. */
  newEventId(): string;
  /** The trace that caused the events. */
  readonly traceparent?: string | undefined;
  /** Who sends events at once; without one they wait for the relay's next look. */
  readonly outbox?: Outbox | undefined;
}

/**
 * Orders in Postgres. An order or a change, its history and its events (outbox) commit together.
 * Two requests with one idempotency key: the second finds the first's lock (in flight) or its order (answered).
 */
export function createOrderStore(deps: OrderStoreDeps): OrderStore {
  const { em } = deps;
  const inTransaction = <T>(work: (em: EntityManager) => Promise<T>) =>
    em.isInTransaction() ? work(em) : transact(() => em.fork(), work);
  return {
    async find(id) {
      const row = await em.findOne(OrderEntity, { id }, { disableIdentityMap: true });
      return row && toOrder(row);
    },
    readClaim: (claim) => readClaim(em, claim),
    add: (order, claim) => add(deps, order, claim),
    commit: (change) => inTransaction((joined) => commit({ ...deps, em: joined }, change)),
    async lockPendingBefore(instant, limit) {
      const rows = await em.find(
        OrderEntity,
        { status: 'PENDING', placedAt: { $lt: instant } },
        { orderBy: { placedAt: 'asc' }, limit, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE, disableIdentityMap: true },
      );
      return rows.map(toOrder);
    },
    announceAgain: (id) => inTransaction((joined) => announceAgain({ ...deps, em: joined }, id)),
    async forgetBuyer(buyerId) {
      await em.nativeUpdate(OrderEntity, { buyerId }, { buyerId: null });
    },
    together: (work) => inTransaction((joined) => work(createOrderStore({ ...deps, em: joined }))),
  };
}

async function add(deps: OrderStoreDeps, placed: NewOrder, claim: IdempotencyClaim | null): Promise<StoreOutcome> {
  const order = await placeOrder(deps, placed, claim);
  if (order !== null) return { phase: 'stored', order };
  const state = claim === null ? null : await readClaim(deps.em, claim);
  return state === null || state.phase === 'free' ? { phase: 'in-flight' } : state;
}

async function commit(deps: OrderStoreDeps, { order, from, ...change }: Change): Promise<boolean> {
  const { id, status, rejectionReason, updatedAt } = order;
  const changed = await deps.em.nativeUpdate(OrderEntity, { id, status: from }, { status, rejectionReason, updatedAt });
  if (changed === 0) return false;
  await record(deps, order, change);
  return true;
}

async function record(
  { em, newEventId, traceparent }: OrderStoreDeps,
  order: Order,
  { transition, events }: { readonly transition: Transition; readonly events: readonly OrderEvent[] },
): Promise<void> {
  const { from, to, reason, at } = transition;
  const told = events.map((event) => announce(order, event, { id: newEventId(), traceparent }));
  const eventId = told[0]?.id ?? null;
  const entry = {
    sql: 'insert into order_transitions (order_id, from_status, to_status, reason, at, event_id) values (?, ?, ?, ?, ?, ?)',
    values: [order.id, from, to, reason, at, eventId],
  };
  await appendEvents(em, told, [entry]);
}

/** The event keeps its id, so that whoever has taken it takes it for a repetition. */
async function announceAgain({ em, newEventId }: OrderStoreDeps, id: string): Promise<boolean> {
  const fresh = { disableIdentityMap: true } as const;
  const row = await em.findOne(OrderEntity, { id }, fresh);
  const last = await em.findOne(OrderTransitionEntity, { orderId: id }, { orderBy: { id: 'desc' }, ...fresh });
  if (row === null || last === null) return false;
  const { fromStatus, toStatus, reason, at, eventId } = last;
  const event = eventOf({ from: fromStatus ?? null, to: toStatus, reason: reason ?? null, at });
  if (event === null) return false;
  await appendEventsAgain(em, [announce(toOrder(row), event, { id: eventId ?? newEventId() })]);
  return true;
}
