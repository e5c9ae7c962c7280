/** One line of an order, as far as stock is concerned. `quantity` is positive. */
export interface OrderLine {
  readonly productId: string;
  readonly quantity: number;
}

/** What the shop can give of one product now. */
export interface Offer {
  readonly productId: string;
  readonly available: number;
  readonly isWithdrawn: boolean;
}

/** Why nothing is set aside for an order, and the first product at fault in id order. */
export interface StockRefusal {
  readonly reason: 'OUT_OF_STOCK' | 'PRODUCT_UNAVAILABLE';
  readonly productId: string;
}

/**
 * Where an order stands with the stock. `unknown`: nothing was heard of it. `held`: its pieces are reserved. `sold`: they
 * are sold. `released`: the order is over, nothing is or will be set aside for it, whatever message comes late.
 *
 *     unknown -> held | released        held -> sold | released        sold -> released
 */
export type ReservationPhase = 'unknown' | 'held' | 'sold' | 'released';

/** One line for each product, in id order: the order in which stock rows are locked, so that no two orders block each other. */
export function mergeLines(lines: readonly OrderLine[]): OrderLine[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of lines) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  const merged = [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
  return merged.sort(
    (left, right) => left.productId.length - right.productId.length || compare(left.productId, right.productId),
  );
}

/** Why these lines cannot be served whole from these offers; null when they can. */
export function findRefusal(lines: readonly OrderLine[], offers: ReadonlyMap<string, Offer>): StockRefusal | null {
  for (const { productId, quantity } of lines) {
    const offer = offers.get(productId);
    if (!offer || offer.isWithdrawn) return { reason: 'PRODUCT_UNAVAILABLE', productId };
    if (offer.available < quantity) return { reason: 'OUT_OF_STOCK', productId };
  }
  return null;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
