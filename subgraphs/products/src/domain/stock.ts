/**
 * The pieces of one product: `available` to be ordered, `reserved` for orders that are not finished, `sold`.
 * `initial = available + reserved + sold` holds at all times, and none of them is ever negative.
 */
export interface Stock {
  readonly productId: string;
  readonly initial: number;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
}

/** The most pieces that a product can have, so that every count fits GraphQL's Int. */
export const MAX_STOCK = 1_000_000_000;

/** The stock of a product that was just created. */
export function firstStock(productId: string, initial: number): Stock {
  return { productId, initial, available: initial, reserved: 0, sold: 0 };
}
