import { Migration } from '@mikro-orm/migrations';
import { inboxTableSql } from '@storefront/platform/inbox/inbox-table.ts';
import { outboxTableSql } from '@storefront/platform/outbox/outbox-table.ts';

const productsTable = `
  create table products.products (
    id bigint generated always as identity primary key,
    sku text not null,
    name text not null,
    description text,
    price_amount_minor bigint not null check (price_amount_minor >= 0),
    currency char(3) not null,
    weight_grams integer not null check (weight_grams >= 0),
    version integer not null default 1 check (version > 0),
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null,
    withdrawn_at timestamptz(3),
    constraint products_sku_unique unique (sku)
  )`;

const stockTable = `
  create table products.stock (
    product_id bigint primary key references products.products (id),
    initial integer not null,
    available integer not null check (available >= 0),
    reserved integer not null default 0 check (reserved >= 0),
    sold integer not null default 0 check (sold >= 0),
    constraint stock_is_accounted_for check (initial = available + reserved + sold)
  )`;

// No reference to products: an order may name one that never was, and product 0 marks an order that is over.
const reservationsTable = `
  create table products.reservations (
    order_id text not null,
    product_id bigint not null,
    quantity integer not null check (quantity >= 0),
    status text not null check (status in ('held', 'sold', 'released')),
    expires_at timestamptz(3),
    primary key (order_id, product_id)
  )`;

// One index for each sort of the catalogue; the primary key serves ID_ASC, and the price index is read both ways.
const indexes = [
  'create index products_by_name on products.products (name, id) where withdrawn_at is null',
  'create index products_by_price on products.products (price_amount_minor, id) where withdrawn_at is null',
  'create index products_by_age on products.products (created_at desc, id desc) where withdrawn_at is null',
  "create index reservations_by_expiry on products.reservations (expires_at) where status = 'held'",
];

/** The catalogue, its stock, what is set aside for orders, and the letter boxes for events. */
export class CatalogueAndStock extends Migration {
  static readonly migrationName = '001-catalogue-and-stock';

  override up(): void {
    for (const statement of [productsTable, stockTable, reservationsTable, ...indexes]) this.addSql(statement);
    this.addSql(outboxTableSql('products'));
    this.addSql(inboxTableSql('products'));
  }
}
