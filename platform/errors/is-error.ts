import { types } from 'node:util';

/** Whether a value is an Error, of whatever realm: `instanceof` misses those of another context. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** The `code` of an error when it is a text, as system errors have one: `ECONNREFUSED`. */
export function codeOf(fault: unknown): string | undefined {
  return isError(fault) && 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined;
}
