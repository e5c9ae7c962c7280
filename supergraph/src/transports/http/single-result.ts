import type { ExecutionResult, FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { encodeResult } from '../../engine/result.ts';

type Data = Record<string, unknown> | null | undefined;

/**
 * A result that becomes one of plain data when somebody looks at its data or sets it. All share one accessor, for the reason that
 * engine/result.ts tells.
 */
class UntouchedResult implements FormattedExecutionResult {
  static readonly #dataProperty: PropertyDescriptor & ThisType<UntouchedResult> = {
    configurable: true,
    enumerable: true,
    get() {
      return this.#settle(this.#result?.data);
    },
    set(data: Data) {
      this.#settle(data);
    },
  };

  declare data: Record<string, unknown> | null;
  declare errors: undefined;
  #result: ExecutionResult | null;

  constructor(result: ExecutionResult) {
    this.#result = result;
    Object.defineProperty(this, 'data', UntouchedResult.#dataProperty);
    this.errors = undefined;
  }

  /** The engine's result while nobody has looked at the data. */
  static resultOf(single: FormattedExecutionResult): ExecutionResult | null {
    return #result in single ? single.#result : null;
  }

  #settle(data: Data): Data {
    this.#result = null;
    Object.defineProperty(this, 'data', { value: data, writable: true });
    return data;
  }
}

/**
 * A result as plugins get it. They may look at everything and change it; while none looks at the data, it is neither parsed nor
 * written again.
 */
export function toSingleResult(
  result: ExecutionResult,
  errors: readonly GraphQLFormattedError[] | undefined,
): FormattedExecutionResult {
  if (errors || result.extensions || !('data' in result)) return { ...result, errors };
  return new UntouchedResult(result);
}

/** A result as JSON, in the order errors, data, extensions. */
export function encodeSingleResult(single: FormattedExecutionResult): string | Buffer {
  const { errors, extensions } = single;
  const result = errors || extensions ? null : UntouchedResult.resultOf(single);
  return result ? encodeResult(result) : JSON.stringify({ errors, data: single.data, extensions });
}
