import { z } from 'zod';
import { entityTag } from './entity-tags.ts';
import { toMajor, toMinor } from './prices.ts';
import { problemOfOutcome } from './problems.ts';
import type { UserErrorOutcome } from './problems.ts';
import type { RouteAnswer } from './route.ts';
import type { productSchema } from './schemas.ts';

/** A product as the trusted documents ask for it. */
export interface Product {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly description: string | null;
  readonly price: { readonly amountMinor: number; readonly currency: string };
  readonly weightGrams: number;
  readonly stock: { readonly available: number; readonly inStock: boolean };
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What adding or changing a product comes to. */
export type ProductOutcome =
  | { readonly __typename: 'CreateProductSuccess' | 'UpdateProductSuccess'; readonly product: Product }
  | UserErrorOutcome;

const price = {
  price: z
    .number()
    .min(0)
    .optional()
    .meta({ description: 'In the major unit, for example 12.5. Either this or priceMinor.' }),
  priceMinor: z.int().min(0).optional().meta({ description: 'In the smallest unit, for example 1250.' }),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters')
    .default('EUR'),
};
/** The body that adds a product. */
export const newProduct = z
  .object({
    name: z.string(),
    sku: z.string().optional().meta({ description: 'Made from the name when it is left out.' }),
    description: z.string().nullish(),
    ...price,
    weightGrams: z.int().min(0).optional(),
    stock: z.int().min(0).optional().meta({ description: 'How many there are to sell at first.' }),
  })
  .refine((body) => body.price !== undefined || body.priceMinor !== undefined, {
    path: ['price'],
    error: 'is required',
  });
/** The body that changes a product; members that only the server sets are ignored, so that what was read can be sent back. */
export const productChange = z.object({
  name: z.string().optional(),
  sku: z.string().optional(),
  description: z.string().nullish(),
  ...price,
  weightGrams: z.int().min(0).optional(),
  restock: z
    .int()
    .optional()
    .meta({ description: 'Adds to the stock; a negative number takes away. "stock" itself is read only here.' }),
  expectedVersion: z.int().optional().meta({ description: 'The same as If-Match.' }),
});

/** A product as REST shows it. */
export function toProductJson({ price: money, stock, ...product }: Product): z.infer<typeof productSchema> {
  return {
    ...product,
    id: Number(product.id),
    price: toMajor(money),
    priceMinor: money.amountMinor,
    currency: money.currency,
    stock: stock.available,
    inStock: stock.inStock,
  };
}

/** A price of either kind as the graph takes it. @throws CodedError INVALID_INPUT */
export function toMoneyInput({
  price: major,
  priceMinor,
  currency,
}: z.infer<typeof newProduct> | z.infer<typeof productChange>) {
  return { amountMinor: priceMinor ?? toMinor(major ?? 0, currency), currency };
}

/** The product with its entity tag, or what stood in the way. */
export function answerProduct(outcome: ProductOutcome, status: 200 | 201): RouteAnswer {
  if (!('product' in outcome)) return problemOfOutcome(outcome);
  const { product } = outcome;
  const etag = entityTag(product.version);
  const headers: Record<string, string> =
    status === 201 ? { etag, location: `/api/v1/products/${product.id}` } : { etag };
  return { status, body: toProductJson(product), headers };
}
