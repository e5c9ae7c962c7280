import { Migration } from '@mikro-orm/migrations';

const NAME_PRODUCTS = `
update products.outbox set subject = 'product:' || subject
where published_at is null and type in ('product.updated', 'stock.changed')`;

/** What is told of a product keeps an order of its own, and not that of the order with the same number. */
export class Subjects extends Migration {
  static readonly migrationName = '003-subjects';

  override up(): void {
    this.addSql(NAME_PRODUCTS);
  }
}
