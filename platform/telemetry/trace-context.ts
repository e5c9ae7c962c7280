import { randomBytes } from 'node:crypto';

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const emptyTraceId = '0'.repeat(32);
const emptyParentId = '0'.repeat(16);

/** Starts a trace: a `traceparent` of version 00 with the sampled flag. Source: w3.org/TR/trace-context */
export function newTraceparent(): string {
  const bytes = randomBytes(24).toString('hex');
  return `00-${bytes.slice(0, 32)}-${bytes.slice(32)}-01`;
}

/** The `traceparent` to hand on: the same trace and flags, a new parent id. Starts a trace when `parent` is not one. */
export function childTraceparent(parent: string): string {
  if (!isTraceparent(parent)) return newTraceparent();
  return `${parent.slice(0, 36)}${randomBytes(8).toString('hex')}${parent.slice(52)}`;
}

/** Takes a header over when it is a `traceparent`, else starts a trace. */
export function readTraceparent(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && isTraceparent(header) ? header : newTraceparent();
}

/** The id of the trace, 32 hexadecimal digits; empty when `traceparent` is not one. */
export function traceIdOf(traceparent: string): string {
  return isTraceparent(traceparent) ? traceparent.slice(3, 35) : '';
}

function isTraceparent(value: string): boolean {
  const match = pattern.exec(value);
  return match !== null && match[1] !== emptyTraceId && match[2] !== emptyParentId;
}
