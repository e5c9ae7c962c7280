/** An amount in the smallest unit of its currency (ISO 4217), as domain code holds it. */
export interface Amount {
  readonly amountMinor: number;
  readonly currency: string;
}

/** Money as the graph shows it. */
export interface Money extends Amount {
  readonly formatted: string;
}

/** Adds the text for people, in English: `{ amountMinor: 1250, currency: 'EUR' }` reads `€12.50`. */
export function toMoney({ amountMinor, currency }: Amount): Money {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return { amountMinor, currency, formatted: format.format(amountMinor / 10 ** digits) };
}
