import { z } from 'zod';
import type { InvalidInput } from './outcomes.ts';
import { invalid } from './outcomes.ts';
import { isSku } from './sku.ts';
import { MAX_STOCK } from './stock.ts';

const currencies = new Set(Intl.supportedValuesOf('currency'));

const sku = z
  .string()
  .trim()
  .refine(isSku, 'A sku has letters, digits, ".", "_" and "-", begins with a letter or digit, and is at most 64 long.');
const name = z
  .string()
  .trim()
  .min(1, 'A product needs a name.')
  .max(200, 'A name is at most 200 characters long.')
  .refine((text) => !/\p{Cc}/u.test(text), 'A name has no control characters.');
const description = z
  .string()
  .trim()
  .max(5_000, 'A description is at most 5000 characters long.')
  .refine((text) => !text.includes('\0'), 'A description has no NUL characters.')
  .transform((text) => text || null);
const price = z.object({
  amountMinor: z.int('A price is a whole number of the smallest unit.').min(0, 'A price is never negative.'),
  currency: z.string().refine((code) => currencies.has(code), 'A currency is an ISO 4217 code, for example EUR.'),
});
const weightGrams = z
  .int()
  .min(0, 'A weight is never negative.')
  .max(1_000_000_000, 'A weight is at most 1000 tonnes.');
const pieces = z.int().max(MAX_STOCK, `A product can have at most ${MAX_STOCK} pieces.`);

const draft = z.object({
  sku: sku.nullish().transform((value) => value ?? null),
  name,
  description: description.nullish().transform((value) => value ?? null),
  price,
  weightGrams: weightGrams.default(0),
  initialStock: pieces.min(0, 'Stock is never negative.').default(0),
});

// null means "as it is", except for the description, where it means "none".
const kept = <T>(value: T | null | undefined): T | undefined => value ?? undefined;
const revision = z.object({
  expectedVersion: z.int().nullish().transform(kept),
  sku: sku.nullish().transform(kept),
  name: name.nullish().transform(kept),
  description: description.nullish(),
  price: price.nullish().transform(kept),
  weightGrams: weightGrams.nullish().transform(kept),
  restock: pieces
    .min(-MAX_STOCK, 'So many pieces there cannot be.')
    .nullish()
    .transform((value) => value ?? 0),
});

/** A product that was checked and is not stored yet; `sku` null asks for one made from the name. Price in minor units. */
export type ProductDraft = z.infer<typeof draft>;

/** What somebody wants changed, checked. What is missing stays as it is; `restock` is 0 when it was not asked for. */
export type ProductRevision = Partial<Pick<ProductDraft, 'name' | 'description' | 'price' | 'weightGrams'>> & {
  readonly sku?: string;
  readonly expectedVersion?: number;
  readonly restock: number;
};

/** Checks what a caller says about a new product; the first fault is told. */
export function readDraft(input: unknown): { draft: ProductDraft } | { refused: InvalidInput } {
  const result = draft.safeParse(input);
  return result.success ? { draft: result.data } : { refused: firstFault(result.error) };
}

/** Checks what a caller wants changed; the first fault is told. */
export function readRevision(input: unknown): { revision: ProductRevision } | { refused: InvalidInput } {
  const result = revision.safeParse(input);
  return result.success ? { revision: withoutMissing(result.data) } : { refused: firstFault(result.error) };
}

function withoutMissing(data: z.infer<typeof revision>): ProductRevision {
  const given = Object.entries(data).filter(([, value]) => value !== undefined);
  return { restock: data.restock, ...Object.fromEntries(given) };
}

function firstFault({ issues }: z.ZodError): InvalidInput {
  const [first] = issues;
  return invalid(['input', ...(first?.path ?? []).map(String)], first?.message ?? 'The input is not right.');
}
