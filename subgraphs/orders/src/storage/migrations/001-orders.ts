import { Migration } from '@mikro-orm/migrations';
import { inboxTableSql } from '@storefront/platform/inbox/inbox-table.ts';
import { outboxTableSql } from '@storefront/platform/outbox/outbox-table.ts';
import { SCHEMA } from '../entities.ts';

const ORDERS = `
create table orders (
  id bigint generated always as identity primary key,
  status text not null check (status in ('PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED')),
  rejection_reason text check (rejection_reason in ('OUT_OF_STOCK', 'PRODUCT_UNAVAILABLE', 'TIMED_OUT')),
  buyer_id bigint,
  currency text not null check (length(currency) = 3),
  total_amount_minor bigint not null check (total_amount_minor >= 0),
  placed_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  idempotency_scope text,
  idempotency_key text,
  unique (idempotency_scope, idempotency_key),
  check ((status = 'REJECTED') = (rejection_reason is not null)),
  check ((idempotency_scope is null) = (idempotency_key is null))
);
create index on orders (buyer_id, id desc);
create index on orders (status, id desc);
create index on orders (placed_at) where status = 'PENDING';

create table order_lines (
  order_id bigint not null references orders on delete cascade,
  position integer not null,
  product_id bigint not null,
  quantity integer not null check (quantity between 1 and 1000),
  unit_price_minor bigint not null check (unit_price_minor >= 0),
  primary key (order_id, position),
  unique (order_id, product_id)
);
create index on order_lines (product_id) include (order_id, quantity);

create table order_transitions (
  id bigint generated always as identity primary key,
  order_id bigint not null references orders on delete cascade,
  from_status text,
  to_status text not null,
  reason text,
  at timestamptz(3) not null
);
create index on order_transitions (order_id, id);

create table idempotency_keys (
  scope text not null,
  key text not null,
  fingerprint text not null,
  order_id bigint not null references orders on delete cascade,
  created_at timestamptz(3) not null,
  primary key (scope, key)
)`;

/** The tables of the service: orders with their lines and history, idempotency keys, outbox and inbox. */
export class CreateOrders extends Migration {
  static readonly migrationName = '001-orders';

  override up(): void {
    for (const statement of ORDERS.split(';')) this.addSql(statement.trim());
    this.addSql(outboxTableSql(SCHEMA));
    this.addSql(inboxTableSql(SCHEMA));
  }
}
