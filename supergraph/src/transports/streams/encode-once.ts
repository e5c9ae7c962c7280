import type { ExecutionResult } from 'graphql';
import { type AnswerPart, encodePart } from '../../engine/defer/incremental-result.ts';
import { encodeResult } from '../../engine/result.ts';

/** Encodes results and parts of them, each once however many subscribers share it. */
export function createEncoder(): (result: ExecutionResult) => string {
  const texts = new WeakMap<ExecutionResult, string>();
  return (result) => {
    let text = texts.get(result);
    if (text === undefined) {
      text = 'hasNext' in result ? encodePart(result as AnswerPart) : encodeResult(result).toString();
      texts.set(result, text);
    }
    return text;
  };
}
