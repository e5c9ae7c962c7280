import type { Amount } from '@storefront/schema/money.ts';

const BASE_MINOR = 490;
const STEP_MINOR = 150;
const STEP_GRAMS = 500;

/** What shipping costs, in cents of a euro: 4.90, and 1.50 for each started 500 g of the whole parcel. */
export function estimateShipping({
  weightGrams,
  quantity,
}: {
  readonly weightGrams: number;
  readonly quantity: number;
}): Amount {
  const steps = Math.ceil((weightGrams * quantity) / STEP_GRAMS);
  return { amountMinor: BASE_MINOR + STEP_MINOR * steps, currency: 'EUR' };
}
