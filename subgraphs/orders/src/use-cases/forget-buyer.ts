import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { OrderStore } from './ports.ts';

/** Takes a deleted account off its orders. The orders stay, for admins. */
export async function forgetBuyer({ orders }: { readonly orders: OrderStore }, userId: string): Promise<void> {
  if (!isRowId(userId)) return;
  await orders.forgetBuyer(userId);
}
