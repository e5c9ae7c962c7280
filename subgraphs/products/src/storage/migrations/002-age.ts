import { Migration } from '@mikro-orm/migrations';
import { inboxAgeIndexSql } from '@storefront/platform/inbox/inbox-table.ts';
import { outboxAgeIndexSql } from '@storefront/platform/outbox/outbox-table.ts';

/** Old events can be found by age. */
export class Age extends Migration {
  static readonly migrationName = '002-age';

  override up(): void {
    this.addSql(outboxAgeIndexSql('products'));
    this.addSql(inboxAgeIndexSql('products'));
  }
}
