import type { QuotedLine } from '../domain/place.ts';
import type { Catalogue, Clock } from '../use-cases/ports.ts';

const MOST_PRODUCTS = 10_000;

/** A catalogue that remembers prices for a while. */
export interface KeptPrices extends Catalogue {
  /** The product may have another price now, or none: the next quote asks. Without an id, every product. */
  forget(productId?: string): void;
}

type Price = Pick<QuotedLine, 'unitPriceMinor' | 'currency'>;

/**
 * Answers with prices that are at most `keepMs` old and that nobody has said to be changed. A buyer who says which price
 * they saw is never answered from memory: whether it still holds is asked this very moment. Refusals are not remembered.
 */
export function keepPrices(
  { catalogue, clock }: { readonly catalogue: Catalogue; readonly clock: Clock },
  { keepMs }: { readonly keepMs: number },
): KeptPrices {
  const kept = new Map<string, Price & { readonly untilMs: number }>();
  let changes = 0;

  function recall(productId: string): Price | undefined {
    const price = kept.get(productId);
    return price && clock.now().getTime() < price.untilMs ? price : undefined;
  }

  function remember(lines: readonly QuotedLine[]): void {
    if (kept.size > MOST_PRODUCTS) kept.clear();
    const untilMs = clock.now().getTime() + keepMs;
    for (const { productId, unitPriceMinor, currency } of lines)
      kept.set(productId, { unitPriceMinor, currency, untilMs });
  }

  return {
    async quote(lines, call) {
      const known = lines.flatMap(({ productId, quantity, seenPrice }) => {
        const price = seenPrice === undefined ? recall(productId) : undefined;
        return price ? [{ productId, quantity, unitPriceMinor: price.unitPriceMinor, currency: price.currency }] : [];
      });
      if (known.length === lines.length) return { phase: 'quoted', lines: known };
      const before = changes;
      const quote = await catalogue.quote(lines, call);
      // What changed while the answer was on its way may not be in it.
      if (quote.phase === 'quoted' && before === changes) remember(quote.lines);
      if (quote.phase === 'unavailable') kept.delete(quote.productId);
      return quote;
    },
    forget(productId) {
      changes += 1;
      if (productId === undefined) kept.clear();
      else kept.delete(productId);
    },
  };
}
