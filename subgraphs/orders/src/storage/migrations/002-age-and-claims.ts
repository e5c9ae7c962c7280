import { Migration } from '@mikro-orm/migrations';
import { inboxAgeIndexSql } from '@storefront/platform/inbox/inbox-table.ts';
import { outboxAgeIndexSql } from '@storefront/platform/outbox/outbox-table.ts';
import { SCHEMA } from '../entities.ts';

const CLAIMS = `
alter table orders add column idempotency_fingerprint text;
update orders set idempotency_fingerprint = used.fingerprint from idempotency_keys used where used.order_id = orders.id;
alter table orders add constraint orders_claim_is_whole
  check ((idempotency_key is null) = (idempotency_fingerprint is null));
drop table idempotency_keys;
alter table order_transitions add column event_id uuid`;

/**
 * Old events can be found by age; what an idempotency key was used for is kept by the order itself, for as long as it; the
 * history says which event told of each change, so that it can be told again.
 */
export class AgeAndClaims extends Migration {
  static readonly migrationName = '002-age-and-claims';

  override up(): void {
    for (const statement of CLAIMS.split(';')) this.addSql(statement.trim());
    this.addSql(outboxAgeIndexSql(SCHEMA));
    this.addSql(inboxAgeIndexSql(SCHEMA));
  }
}
