import type { Amount } from '@storefront/schema/money.ts';

/** How many lines a request may have. */
export const MAX_LINES = 50;
/** How many of one product an order may hold. */
export const MAX_QUANTITY = 1_000;
/** How long the reason of a cancellation may be, in characters. */
export const MAX_REASON_LENGTH = 500;
/** How long an idempotency key may be, in characters. */
export const MAX_KEY_LENGTH = 255;

/** What somebody wants to buy: how many of which product. */
export interface RequestedLine {
  readonly productId: string;
  readonly quantity: number;
  /** What one piece cost when the buyer looked, when the buyer says so. */
  readonly seenPrice?: Amount | undefined;
}

/** What is wrong with a request, for people, and the argument at fault. */
export interface Invalid {
  readonly message: string;
  readonly path: readonly string[];
}

/** Merges lines of the same product and checks the limits. Lines keep the order in which products first appear. */
export function readLines(
  lines: readonly RequestedLine[],
): { readonly lines: readonly RequestedLine[] } | { readonly invalid: Invalid } {
  if (lines.length === 0) return fault('An order needs at least one line.', []);
  if (lines.length > MAX_LINES) return fault(`An order has at most ${MAX_LINES} lines.`, []);
  const merged = new Map<string, RequestedLine>();
  for (const [index, { productId, quantity, seenPrice }] of lines.entries()) {
    const before = merged.get(productId);
    const total = (before?.quantity ?? 0) + quantity;
    const isWhole = Number.isInteger(quantity) && quantity >= 1;
    if (!isWhole || total > MAX_QUANTITY) {
      return fault(`The quantity of a product is a whole number from 1 to ${MAX_QUANTITY}.`, [
        String(index),
        'quantity',
      ]);
    }
    if (before?.seenPrice && seenPrice && !isSameAmount(before.seenPrice, seenPrice)) {
      return fault('A product has one price.', [String(index), 'expectedUnitPrice']);
    }
    const seen = before?.seenPrice ?? seenPrice;
    merged.set(productId, { productId, quantity: total, ...(seen ? { seenPrice: seen } : {}) });
  }
  return { lines: [...merged.values()] };
}

/** Checks an idempotency key; null when it is good. */
export function faultOfKey(key: string): Invalid | null {
  if (key.length >= 1 && key.length <= MAX_KEY_LENGTH && isPlainText(key)) return null;
  return {
    message: `An idempotency key has 1 to ${MAX_KEY_LENGTH} characters, none of them a control character.`,
    path: ['input', 'idempotencyKey'],
  };
}

/** Whether a text holds no control characters: a database refuses some of them, and none belongs into a key or a reason. */
export function isPlainText(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

/** Whether two amounts are the same. */
export function isSameAmount(one: Amount, other: Amount): boolean {
  return one.amountMinor === other.amountMinor && one.currency === other.currency;
}

function fault(message: string, path: readonly string[]): { readonly invalid: Invalid } {
  return { invalid: { message, path: ['input', 'lines', ...path] } };
}
