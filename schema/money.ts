/** An amount in the smallest unit of its currency (ISO 4217), as domain code holds it. */
export interface Amount {
  readonly amountMinor: number;
  readonly currency: string;
}

/** Money as the graph shows it. */
export interface Money extends Amount {
  readonly formatted: string;
}

/**
 * Adds the text for people, in English: `{ amountMinor: 1250, currency: 'EUR' }` reads `€12.50`.
 * @throws RangeError for a currency that is no code
 */
export function toMoney({ amountMinor, currency }: Amount): Money {
  return { amountMinor, currency, formatted: formatOf(currency)(amountMinor) };
}

const maxFormats = 200;
/** Making a format takes longer than everything else that an order's price takes; it depends on the currency alone. */
const formats = new Map<string, (amountMinor: number) => string>();

function formatOf(currency: string): (amountMinor: number) => string {
  const known = formats.get(currency);
  if (known) return known;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const unit = 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
  const fresh = (amountMinor: number) => format.format(amountMinor / unit);
  if (formats.size >= maxFormats) formats.clear();
  formats.set(currency, fresh);
  return fresh;
}
