import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Amount } from '@storefront/schema/money.ts';

/** How many digits a currency has after the point: 2 for EUR, 0 for JPY. Source: ISO 4217 */
function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** The amount in the major unit, as the old clients read it: 1250 cents of EUR are 12.5. */
export function toMajor({ amountMinor, currency }: Amount): number {
  return amountMinor / 10 ** digitsOf(currency);
}

/**
 * The amount in the smallest unit: 12.5 EUR are 1250.
 * @throws CodedError INVALID_INPUT (422) for an amount that the currency cannot express, such as 12.345 EUR
 */
export function toMinor(major: number, currency: string): number {
  const amountMinor = Math.round(major * 10 ** digitsOf(currency));
  if (toMajor({ amountMinor, currency }) === major && Number.isSafeInteger(amountMinor)) return amountMinor;
  const options = { httpStatus: 422, extensions: { errors: [{ path: 'price', message: 'has too many digits' }] } };
  throw new CodedError('INVALID_INPUT', `${currency} has ${digitsOf(currency)} digits after the point.`, options);
}
