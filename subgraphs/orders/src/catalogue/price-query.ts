import { z } from 'zod';
import type { RequestedLine } from '../domain/request.ts';
import type { Quote } from '../use-cases/ports.ts';

/** A GraphQL request. */
export interface PriceQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, string>>;
}

const answer = z.object({
  data: z.record(
    z.string(),
    z
      .object({
        id: z.string(),
        price: z.object({ amountMinor: z.int().nonnegative(), currency: z.string().length(3) }),
      })
      .nullable(),
  ),
  errors: z.array(z.unknown()).max(0).optional(),
});

/**
 * One request for the prices of all lines. It asks with `product(id)`, not `_entities`: the first is null for a product
 * that is withdrawn, while a reference to it still resolves. The text depends on the number of lines alone, so products
 * parses it once.
 */
export function priceQuery(lines: readonly RequestedLine[]): PriceQuery {
  const parameters = lines.map((_, index) => `$id${index}: ID!`).join(', ');
  const fields = lines.map((_, index) => `p${index}: product(id: $id${index}) { id price { amountMinor currency } }`);
  return {
    query: `query Prices(${parameters}) { ${fields.join(' ')} }`,
    variables: Object.fromEntries(lines.map(({ productId }, index) => [`id${index}`, productId])),
  };
}

/** Reads the answer to `priceQuery(lines)`. An answer with errors, or of another form, is none. */
export function readPrices(lines: readonly RequestedLine[], body: unknown): Quote {
  const { data, success } = answer.safeParse(body);
  if (!success) return { phase: 'unreachable' };
  const quoted = [];
  for (const [index, line] of lines.entries()) {
    const product = data.data[`p${index}`];
    if (product === undefined) return { phase: 'unreachable' };
    if (product === null) return { phase: 'unavailable', productId: line.productId };
    quoted.push({ ...line, unitPriceMinor: product.price.amountMinor, currency: product.price.currency });
  }
  return { phase: 'quoted', lines: quoted };
}
