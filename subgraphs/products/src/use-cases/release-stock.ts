import type { Announcer, OrderMessage, ReservationLedger } from './ports.ts';

/** What releasing stock needs. */
export interface ReleaseStockDeps {
  readonly ledger: ReservationLedger;
  readonly announce: Pick<Announcer, 'stockChanged'>;
}

/**
 * Gives back what an order that is over holds or bought, once. It also closes the order: when the message that creates it
 * comes later than this one, nothing is set aside.
 */
export async function releaseStock({ ledger, announce }: ReleaseStockDeps, message: OrderMessage): Promise<void> {
  await ledger.once(message, async (order) => {
    if (order.phase === 'released') return [];
    return (await order.release()).map(announce.stockChanged);
  });
}
