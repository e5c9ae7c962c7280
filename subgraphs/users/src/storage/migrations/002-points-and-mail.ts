import { Migration } from '@mikro-orm/migrations';
import { inboxAgeIndexSql } from '@storefront/platform/inbox/inbox-table.ts';
import { outboxAgeIndexSql } from '@storefront/platform/outbox/outbox-table.ts';
import { schemaName } from '../entities.ts';

/** Points are booked by order, so that none is awarded twice; notifications can be mailed; old events can be found by age. */
export class PointsAndMail extends Migration {
  static readonly migrationName = '002-points-and-mail';

  override up(): void {
    this.addSql(`
      create table ${schemaName}.points_entries (
        order_id text not null,
        kind text not null check (kind in ('earned', 'taken-back')),
        user_id bigint not null references ${schemaName}.users on delete cascade,
        change integer not null,
        created_at timestamptz(3) not null,
        primary key (order_id, kind),
        check ((kind = 'earned' and change > 0) or (kind = 'taken-back' and change < 0))
      )`);
    this.addSql(`create index points_entries_of_user on ${schemaName}.points_entries (user_id)`);
    this.addSql(`
      alter table ${schemaName}.notifications
        add column mail text not null default 'none' check (mail in ('none', 'waiting', 'sent', 'failed')),
        add column mail_due_at timestamptz,
        add column mail_attempts integer not null default 0`);
    this.addSql(
      `create index notifications_to_mail on ${schemaName}.notifications (mail_due_at) where mail = 'waiting'`,
    );
    this.addSql(outboxAgeIndexSql(schemaName));
    this.addSql(inboxAgeIndexSql(schemaName));
  }
}
