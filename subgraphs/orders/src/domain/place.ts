import type { OrderEvent, OrderLine, Transition } from './order.ts';
import type { Invalid } from './request.ts';

/** A line with the price that products quoted, in minor units of a currency. */
export interface QuotedLine extends OrderLine {
  readonly currency: string;
}

/** An order that is about to be stored: PENDING, with its lines, its first history entry and its event. */
export interface NewOrder {
  readonly buyerId: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly lines: readonly OrderLine[];
  readonly placedAt: Date;
  readonly transition: Transition;
  readonly events: readonly OrderEvent[];
}

/** Places an order at the quoted prices. All lines must have one currency, and the total must be a safe integer. */
export function place(request: {
  readonly buyerId: string;
  readonly lines: readonly QuotedLine[];
  readonly at: Date;
}): { readonly placed: NewOrder } | { readonly invalid: Invalid } {
  const { buyerId, at } = request;
  const [currency, ...others] = new Set(request.lines.map((line) => line.currency));
  if (currency === undefined) return fault('An order needs at least one line.');
  if (others.length > 0)
    return fault(`An order has one currency; these products have ${[currency, ...others].join(', ')}.`);
  const totalMinor = request.lines.reduce((sum, line) => sum + line.unitPriceMinor * line.quantity, 0);
  if (!Number.isSafeInteger(totalMinor)) return fault('The total of the order is too large.');
  const lines = request.lines.map(({ productId, quantity, unitPriceMinor }) => ({
    productId,
    quantity,
    unitPriceMinor,
  }));
  return {
    placed: {
      buyerId,
      currency,
      totalMinor,
      lines,
      placedAt: at,
      transition: { from: null, to: 'PENDING', reason: null, at },
      events: [{ type: 'order.created', lines }],
    },
  };
}

function fault(message: string): { readonly invalid: Invalid } {
  return { invalid: { message, path: ['input', 'lines'] } };
}
