import type { EntityManager } from '@mikro-orm/postgresql';
import type { Postgres } from '@storefront/platform/postgres/open.ts';

const CHANNEL = 'orders_prices';

/** Tells every replica that the price of a product may have changed, when `em`'s transaction commits. */
export async function tellPriceChange(em: EntityManager, productId: string): Promise<void> {
  await em.execute('select pg_notify(?, ?)', [CHANNEL, productId]);
}

/** Hears of each such product; of none in particular (undefined) when some of the news may have been missed. */
export function hearPriceChanges(
  postgres: Pick<Postgres, 'listen'>,
  onChange: (productId: string | undefined) => void,
): Promise<{ close(): Promise<void> }> {
  return postgres.listen(CHANNEL, (productId) => onChange(productId === '' ? undefined : productId));
}
