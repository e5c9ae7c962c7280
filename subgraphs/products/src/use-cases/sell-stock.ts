import type { OrderMessage, ReservationLedger } from './ports.ts';

/** What selling stock needs. */
export interface SellStockDeps {
  readonly ledger: ReservationLedger;
}

/** Makes what is held for a confirmed order sold. An order that holds nothing, such as a cancelled one, is left alone. */
export async function sellStock({ ledger }: SellStockDeps, message: OrderMessage): Promise<void> {
  await ledger.once(message, async (order) => {
    if (order.phase === 'held') await order.sell();
    return [];
  });
}
