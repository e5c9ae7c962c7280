import type { EntityManager } from '@mikro-orm/postgresql';
import { once } from '@storefront/platform/inbox/once.ts';
import { appendEvents } from '@storefront/platform/outbox/append-events.ts';
import { transact } from '@storefront/platform/postgres/transact.ts';
import type { Offer, OrderLine, ReservationPhase } from '../domain/reservation.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { ReservationLedger, ReservedOrder } from '../use-cases/ports.ts';
import { type BatchDeps, reserveBatch, sellBatch } from './reserve-batch.ts';

// How a reservation is kept: one row for each product of the order, all with the same status, and the row of product 0 for
// the order itself, so that an order which never held anything is known to be over too. Messages about one
// order take turns by an advisory lock; stock rows are locked in id order, so orders never wait for each other in a ring.

const MARK_OF_AN_ORDER_THAT_IS_OVER = '0';

/** What is set aside for orders, in Postgres. `consumer` names the queue in the memory of handled messages. */
export function createReservationLedger(deps: BatchDeps, consumer: string): ReservationLedger {
  const { postgres } = deps;
  return {
    holdAll: (wishes, changes) => reserveBatch(deps, consumer, wishes, changes),
    sellAll: (messages) => sellBatch(deps, consumer, messages),
    once: ({ eventId, orderId }, effect) =>
      once(
        () => postgres.fork(),
        { consumer, eventId },
        async (em) => {
          const order = await openOrder(em, orderId);
          const events = await effect(order);
          if (events.length > 0) await appendEvents(em, events);
        },
      ),
    extendExpired: ({ now, again, limit }, tell) =>
      transact(
        () => postgres.fork(),
        async (em) => {
          // `expires_at` is asked twice, so that what another replica has just extended is left out.
          const rows = await em.execute<{ order_id: string }[]>(
            `update products.reservations set expires_at = ? where status = 'held' and expires_at < ? and order_id in (
               select order_id from products.reservations where status = 'held' and expires_at < ?
               order by expires_at limit ?)
             returning order_id`,
            [again, now, now, limit],
          );
          const orderIds = [...new Set(rows.map((row) => row.order_id))];
          await appendEvents(em, orderIds.map(tell));
          return orderIds.length;
        },
      ),
  };
}

interface ReservationRecord {
  readonly product_id: string;
  readonly status: Exclude<ReservationPhase, 'unknown'>;
}

async function openOrder(em: EntityManager, orderId: string): Promise<ReservedOrder> {
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`products.order:${orderId}`]);
  const rows = await em.execute<ReservationRecord[]>(
    'select product_id, status from products.reservations where order_id = ? order by product_id',
    [orderId],
  );
  const phase = rows[0]?.status ?? 'unknown';
  const held = rows.map((row) => row.product_id);
  return {
    phase,
    offers: (productIds) => lockOffers(em, productIds),
    hold: (lines, expiresAt) => hold(em, { orderId, lines, expiresAt }),
    sell: async () => {
      await lockStock(em, held);
      await move(em, orderId, { to: 'sold', stock: 'reserved = s.reserved - r.quantity, sold = s.sold + r.quantity' });
    },
    release: async () => {
      await lockStock(em, held);
      const from = phase === 'sold' ? 'sold' : 'reserved';
      const stock = `${from} = s.${from} - r.quantity, available = s.available + r.quantity`;
      if (phase !== 'unknown') await move(em, orderId, { to: 'released', stock });
      await markOver(em, orderId);
      return held;
    },
  };
}

interface OfferRecord {
  readonly product_id: string;
  readonly available: number;
  readonly is_withdrawn: boolean;
}

async function lockOffers(em: EntityManager, productIds: readonly string[]): Promise<Map<string, Offer>> {
  const ids = productIds.filter(isRowId);
  if (ids.length === 0) return new Map();
  const rows = await em.execute<OfferRecord[]>(
    `select s.product_id, s.available, p.withdrawn_at is not null as is_withdrawn
       from products.stock s join products.products p on p.id = s.product_id
      where s.product_id in (?) order by s.product_id for update of s`,
    [ids],
  );
  const offers = rows.map((row) => ({
    productId: row.product_id,
    available: row.available,
    isWithdrawn: row.is_withdrawn,
  }));
  return new Map(offers.map((offer) => [offer.productId, offer]));
}

async function lockStock(em: EntityManager, productIds: readonly string[]): Promise<void> {
  if (productIds.length < 2) return; // one row cannot be locked in a wrong order
  await em.execute('select from products.stock where product_id in (?) order by product_id for update', [
    [...productIds],
  ]);
}

interface Hold {
  readonly orderId: string;
  readonly lines: readonly OrderLine[];
  readonly expiresAt: Date;
}

async function hold(em: EntityManager, { orderId, lines, expiresAt }: Hold): Promise<void> {
  const wanted = JSON.stringify(lines.map(({ productId, quantity }) => ({ product_id: productId, quantity })));
  const [row] = await em.execute<{ taken: string }[]>(
    `with wanted as (select * from json_to_recordset(?::json) as w(product_id bigint, quantity integer)),
       taken as (
         update products.stock s set available = s.available - w.quantity, reserved = s.reserved + w.quantity
         from wanted w where s.product_id = w.product_id and s.available >= w.quantity returning s.product_id),
       kept as (
         insert into products.reservations (order_id, product_id, quantity, status, expires_at)
         select ?, w.product_id, w.quantity, 'held', ?::timestamptz from wanted w)
     select count(*) as taken from taken`,
    [wanted, orderId, expiresAt],
  );
  if (Number(row?.taken) !== lines.length)
    throw new Error(`the stock for order ${orderId} is gone, though it was locked`);
}

interface Move {
  readonly to: 'sold' | 'released';
  /** What happens to the counts of stock `s` for reservation `r`. */
  readonly stock: string;
}

async function move(em: EntityManager, orderId: string, { to, stock }: Move): Promise<void> {
  await em.execute(
    `with moved as (
       update products.stock s set ${stock} from products.reservations r
       where r.order_id = ? and s.product_id = r.product_id)
     update products.reservations set status = ?, expires_at = null where order_id = ?`,
    [orderId, to, orderId],
  );
}

async function markOver(em: EntityManager, orderId: string): Promise<void> {
  await em.execute(
    `insert into products.reservations (order_id, product_id, quantity, status)
     values (?, ?, 0, 'released') on conflict do nothing`,
    [orderId, MARK_OF_AN_ORDER_THAT_IS_OVER],
  );
}
