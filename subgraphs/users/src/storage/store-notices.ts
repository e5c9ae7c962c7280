import type { EntityManager } from '@mikro-orm/postgresql';
import { outboxChannel, outboxWriter } from '@storefront/platform/outbox/outbox-table.ts';
import { runStatement, type Statement } from '@storefront/platform/postgres/statement.ts';
import { announcePoints } from '../domain/notification.ts';
import type { UsersNotice } from '../use-cases/ports.ts';
import { schemaName } from './entities.ts';

/**
 * Users are locked in id order, those who are gone get nothing, and points are booked once for each order. The events of
 * bookings are put together before the balances are known, so it is the database that writes these: `data.balance`. Those
 * of one user in one statement tell one balance, the last.
 */
const STORE: Statement = {
  name: 'store-notices',
  text: `
    with heard as materialized (
      select * from jsonb_to_recordset($1::jsonb) as h(
        event_id text, user_id bigint, type text, message text, at timestamptz,
        order_id text, kind text, change integer, told jsonb)
    ), fresh as (
      insert into ${schemaName}.inbox (consumer, event_id) select $2, event_id from heard
      on conflict do nothing returning event_id
    ), known as materialized (
      select id from ${schemaName}.users where id = any(array(select user_id from heard)) order by id for no key update
    ), news as materialized (
      select heard.* from heard join fresh using (event_id) join known on known.id = heard.user_id
    ), stored as (
      insert into ${schemaName}.notifications (user_id, type, message, event_id, created_at, mail, mail_due_at)
      select user_id, type, message, event_id, at, case when $3::boolean then 'waiting' else 'none' end,
        case when $3::boolean then at end
      from news order by event_id
    ), entries as (
      insert into ${schemaName}.points_entries (order_id, kind, user_id, change, created_at)
      select order_id, kind, user_id, change, at from news where change is not null
      on conflict do nothing returning order_id, kind, user_id, change
    ), sums as materialized (
      select user_id, sum(change)::integer as change from entries group by user_id
    ), booked as (
      update ${schemaName}.users set loyalty_points = loyalty_points + sums.change from sums
      where users.id = sums.user_id returning users.id, loyalty_points as balance
    ), told as (
      insert into ${schemaName}.outbox (id, exchange, type, subject, event)
      select (told->>'id')::uuid, 'users', told->>'type', told->>'subject',
        jsonb_set(told, '{data,balance}', to_jsonb(booked.balance))
      from entries join news using (order_id, kind) join booked on booked.id = entries.user_id
      order by told->>'id' returning 1
    )
    select case when exists (select from told) then pg_notify($4, $5)::text end`,
};

/** What storing notices works with. With `isMailed`, what is stored waits to be mailed. */
export interface StoringDeps {
  readonly em: EntityManager;
  readonly consumer: string;
  newEventId(): string;
  readonly isMailed: boolean;
}

/** Stores notifications of several events, with points and what tells of them, each event once, in one statement. */
export async function storeNotices(
  { em, consumer, newEventId, isMailed }: StoringDeps,
  notices: readonly UsersNotice[],
): Promise<void> {
  const heard = notices.map(({ eventId, userId, type, message, at, points }) => {
    const notice = { event_id: eventId, user_id: userId, type, message, at };
    if (points === null) return notice;
    const { orderId, kind, change } = points;
    const told = announcePoints(points, { userId, balance: 0, eventId: newEventId(), at });
    return { ...notice, order_id: orderId, kind, change, told };
  });
  const values = [JSON.stringify(heard), consumer, isMailed, outboxChannel(schemaName), outboxWriter()];
  await runStatement(em, STORE, values);
}
