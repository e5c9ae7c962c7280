import { Migration } from '@mikro-orm/migrations';
import { inboxTableSql } from '@storefront/platform/inbox/inbox-table.ts';
import { outboxTableSql } from '@storefront/platform/outbox/outbox-table.ts';
import { schemaName } from '../entities.ts';

/** The accounts, their notifications, and the tables that events come and go through. */
export class UsersAndNotifications extends Migration {
  static readonly migrationName = '001-users-and-notifications';

  override up(): void {
    this.addSql(`
      create table ${schemaName}.users (
        id bigint generated always as identity primary key,
        name text not null check (length(name) between 1 and 100),
        email text not null check (length(email) <= 254),
        role text not null check (role in ('CUSTOMER', 'ADMIN')),
        password_hash text,
        session_epoch int not null default 0,
        loyalty_points int not null default 0,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      )`);
    this.addSql(`create unique index users_email_key on ${schemaName}.users (lower(email))`);
    this.addSql(`
      create table ${schemaName}.notifications (
        id bigint generated always as identity primary key,
        user_id bigint not null references ${schemaName}.users on delete cascade,
        type text not null,
        message text not null,
        event_id text not null,
        created_at timestamptz(3) not null,
        constraint notifications_once_per_event unique (user_id, event_id)
      )`);
    this.addSql(`create index notifications_newest_first on ${schemaName}.notifications (user_id, id desc)`);
    this.addSql(outboxTableSql(schemaName));
    this.addSql(inboxTableSql(schemaName));
  }
}
