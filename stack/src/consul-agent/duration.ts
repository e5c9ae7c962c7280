const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads a duration as Go writes it (`10s`, `1m30s`, `500ms`) and returns milliseconds; a bare number is nanoseconds.
 * Returns null when the text is not a duration. Source: pkg.go.dev/time#ParseDuration
 */
export function parseDurationMs(value: unknown): number | null {
  if (typeof value === 'number') return value / 1e6;
  if (typeof value !== 'string') return null;
  if (value === '0') return 0;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== value) return null;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ''] ?? 0), 0);
}
