import type { ExecutionResult, FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { encodeResult } from '../../engine/result.ts';

const untouched = new WeakMap<FormattedExecutionResult, ExecutionResult>();

/**
 * A result as plugins get it. They may look at everything and change it; while none looks at the data, it is neither parsed nor
 * written again.
 */
export function toSingleResult(
  result: ExecutionResult,
  errors: readonly GraphQLFormattedError[] | undefined,
): FormattedExecutionResult {
  if (errors || result.extensions || !('data' in result)) return { ...result, errors };
  const single: FormattedExecutionResult = { data: null, errors };
  const settle = (data: unknown) => {
    untouched.delete(single);
    Object.defineProperty(single, 'data', { value: data, writable: true });
    return data;
  };
  Object.defineProperty(single, 'data', { get: () => settle(result.data), set: settle });
  untouched.set(single, result);
  return single;
}

/** A result as JSON, in the order errors, data, extensions. */
export function encodeSingleResult(single: FormattedExecutionResult): string | Buffer {
  const { errors, extensions } = single;
  const result = errors || extensions ? undefined : untouched.get(single);
  return result ? encodeResult(result) : JSON.stringify({ errors, data: single.data, extensions });
}
