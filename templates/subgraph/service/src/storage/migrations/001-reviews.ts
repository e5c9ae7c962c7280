import { Migration } from '@mikro-orm/migrations';
import { inboxAgeIndexSql, inboxTableSql } from '@storefront/platform/inbox/inbox-table.ts';
import { schemaName } from '../entities.ts';

const reviewsTable = `
  create table ${schemaName}.reviews (
    id bigint generated always as identity primary key,
    product_id text not null,
    author_id text,
    text text not null check (text <> ''),
    created_at timestamptz(3) not null
  )`;

/** The reviews, and the letter box for events. */
export class FirstReviews extends Migration {
  static readonly migrationName = '001-reviews';

  override up(): void {
    this.addSql(reviewsTable);
    this.addSql(`create index reviews_by_product on ${schemaName}.reviews (product_id, id desc)`);
    this.addSql(`create index reviews_by_author on ${schemaName}.reviews (author_id)`);
    this.addSql(inboxTableSql(schemaName));
    this.addSql(inboxAgeIndexSql(schemaName));
  }
}
