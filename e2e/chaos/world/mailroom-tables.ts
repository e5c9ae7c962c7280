import { Migration } from '@mikro-orm/migrations';
import { inboxTableSql } from '@storefront/platform/inbox/inbox-table.ts';
import { once } from '@storefront/platform/inbox/once.ts';
import { outboxTableSql } from '@storefront/platform/outbox/outbox-table.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';

/** The schema of a mailroom. */
export const MAILROOM_SCHEMA = 'mailroom';

/** The queue of a mailroom: what its outbox sends. */
export const mailroomQueue = { queue: 'chaos.mail', bindings: [{ exchange: 'orders', routingKeys: ['#'] }] };

/** An outbox, an inbox, and effects that anybody can count: without a constraint, so that a double one would show. */
export class MailroomTables extends Migration {
  static readonly migrationName = '001-mailroom';

  override up(): void {
    this.addSql(outboxTableSql(MAILROOM_SCHEMA));
    this.addSql(inboxTableSql(MAILROOM_SCHEMA));
    this.addSql(`create table ${MAILROOM_SCHEMA}.effects (event_id text not null)`);
  }
}

/** Has the effect of an event, once. */
export function effectOf(postgres: Pick<Postgres, 'fork'>, event: DomainEvent): Promise<'applied' | 'duplicate'> {
  const delivery = { consumer: mailroomQueue.queue, eventId: event.id };
  return once(
    () => postgres.fork(),
    delivery,
    async (em) => {
      await em.execute('insert into effects values (?)', [event.id]);
    },
  );
}
