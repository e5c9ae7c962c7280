import type { Postgres } from '@storefront/platform/postgres/open.ts';
import { IsolationLevel } from '@mikro-orm/core';
import { until } from '@storefront/platform/testing/until.ts';
import type { Attempt } from './load.ts';

/** What the databases say, as the administrator sees them. */
export type Books = Pick<Postgres, 'fork'>;

interface Question {
  readonly says: string;
  readonly sql: string;
}

/** Each of them finds rows only when something is wrong. */
const questions: readonly Question[] = [
  {
    says: 'orders that are still pending',
    sql: "select id from orders.orders where status = 'PENDING'",
  },
  {
    says: 'events that were not published',
    sql: `select id from orders.outbox where published_at is null union all
          select id from products.outbox where published_at is null union all
          select id from users.outbox where published_at is null`,
  },
  {
    says: 'products whose pieces are not accounted for',
    sql: `select stock.product_id from products.stock
          left join (select product_id, sum(quantity) as sold from orders.order_lines lines
            join orders.orders on orders.id = lines.order_id where status = 'CONFIRMED' group by 1) bought
            on bought.product_id = stock.product_id
          where initial <> available + reserved + stock.sold or reserved <> 0 or stock.sold <> coalesce(bought.sold, 0)`,
  },
  {
    says: 'reservations of orders that are over or unknown',
    sql: "select order_id from products.reservations where status = 'held'",
  },
  {
    says: 'orders whose history is not one way from placed to their end',
    sql: `select orders.id from orders.orders left join orders.order_transitions way on way.order_id = orders.id
          group by orders.id, orders.status
          having count(*) <> count(distinct way.to_status) or count(*) filter (where way.to_status = orders.status) <> 1
            or count(*) filter (where way.from_status is null) <> 1`,
  },
  {
    says: 'events of orders that left no notification, or several',
    sql: `select sent.id from orders.outbox sent
          join users.users buyer on buyer.id::text = sent.event->'data'->>'buyerId'
          left join users.notifications told on told.event_id = sent.id::text
          where sent.type <> 'test.published' group by sent.id having count(told.id) <> 1`,
  },
  {
    says: 'confirmed orders whose points are not booked once, or points without an order',
    sql: `select orders.id::text from orders.orders join users.users on users.id = orders.buyer_id
          left join users.points_entries earned on earned.order_id = orders.id::text and earned.kind = 'earned'
          where (exists (select from orders.order_transitions t where t.order_id = orders.id and t.to_status = 'CONFIRMED')
                 and total_amount_minor >= 100) <> (earned.order_id is not null)
             or earned.change <> total_amount_minor / 100`,
  },
  {
    says: 'users whose points are not the sum of their bookings',
    sql: `select users.id from users.users left join users.points_entries entries on entries.user_id = users.id
          group by users.id having users.loyalty_points <> coalesce(sum(entries.change), 0)`,
  },
];

/**
 * Waits until every order has ended and everything is told, then asks the books. Returns what is wrong, in sentences; none
 * when all is well. Of `attempts`: each order that was acknowledged is there, and none that was refused.
 */
export async function checkBooks(
  books: Books,
  { attempts, settleMs }: { readonly attempts: readonly Attempt[]; readonly settleMs: number },
): Promise<string[]> {
  let faults: string[] = [];
  const isSettled = async () => (faults = await findFaults(books)).length === 0;
  await until(isSettled, { timeoutMs: settleMs }).catch(() => undefined); // what is left is what is wrong
  return [...faults, ...(await compare(books, attempts))];
}

/** All questions are about one moment: an effect that comes between two of them may bring an event that is not published yet. */
async function findFaults(books: Books): Promise<string[]> {
  const faults: string[] = [];
  await books.fork().transactional(
    async (em) => {
      for (const { says, sql } of questions) {
        const rows = await em.execute<Record<string, unknown>[]>(sql);
        const some = rows.slice(0, 3).map((row) => String(Object.values(row)[0]));
        if (rows.length > 0) faults.push(`${rows.length} ${says}: ${some.join(', ')}`);
      }
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ },
  );
  return faults;
}

async function compare(books: Books, attempts: readonly Attempt[]): Promise<string[]> {
  const sql = 'select id::text, idempotency_key as key from orders.orders where idempotency_key is not null';
  const stored = new Map(
    (await books.fork().execute<{ id: string; key: string }[]>(sql)).map(({ key, id }) => [key, id]),
  );
  const lost = attempts.filter(({ outcome, key, orderId }) => outcome === 'placed' && stored.get(key) !== orderId);
  const kept = attempts.filter(({ outcome, key }) => outcome === 'refused' && stored.has(key));
  return [
    ...(lost.length > 0 ? [`${lost.length} acknowledged orders that are not stored: ${lost[0]?.orderId}`] : []),
    ...(kept.length > 0 ? [`${kept.length} orders that are stored and were refused (${kept[0]?.answer})`] : []),
  ];
}
