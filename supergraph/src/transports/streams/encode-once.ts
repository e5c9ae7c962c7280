import type { ExecutionResult } from 'graphql';
import { encodeResult } from '../../engine/result.ts';

/** Encodes results, each once however many subscribers share it. */
export function createEncoder(): (result: ExecutionResult) => string {
  const texts = new WeakMap<ExecutionResult, string>();
  return (result) => {
    let text = texts.get(result);
    if (text === undefined) {
      text = encodeResult(result).toString();
      texts.set(result, text);
    }
    return text;
  };
}
