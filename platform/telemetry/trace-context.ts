import { randomUUID } from 'node:crypto';

const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Starts a trace: a `traceparent` of version 00 with the sampled flag. Source: w3.org/TR/trace-context */
export function newTraceparent(): string {
  return `00-${randomUUID().replaceAll('-', '')}-${newParentId()}-01`;
}

/**
 * The `traceparent` to hand on: the same trace and flags, a new parent id, which may be given: 16 random hexadecimal digits.
 * Starts a trace when `parent` is not one.
 */
export function childTraceparent(parent: string, parentId: string = newParentId()): string {
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

/** From the ends of a UUID, which are random; Node draws UUIDs from a stock, ten times as fast as bytes one by one. */
function newParentId(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(28);
}

/** True for a `traceparent` of version 00 whose ids are not all zeros. */
export function isTraceparent(value: string): boolean {
  return pattern.test(value);
}
