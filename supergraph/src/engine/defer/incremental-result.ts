import type { ExecutionResult, GraphQLError } from 'graphql';
import { encodeResult } from '../result.ts';

/** A part of an answer that comes later: what a deferred fragment adds to the object at `path`. */
export interface IncrementalPayload extends ExecutionResult {
  /** Null when a null rose through the part; why is in its errors, with paths from the root. */
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLError[];
  readonly path: readonly (string | number)[];
  readonly label?: string;
}

/** The first part of an answer. */
export interface InitialResult extends ExecutionResult {
  readonly hasNext: true;
}

/** The parts that were ready at the same time, none when it turns out that there is nothing more; the last one has no next. */
export interface SubsequentResult {
  readonly incremental?: readonly IncrementalPayload[];
  readonly hasNext: boolean;
}

/**
 * An answer in parts. A part comes after the one that has its object. Whoever stops reading calls `return`: what still runs is
 * then given up. Source: the incremental delivery RFC as of 2022-08-24, which Apollo Client and Apollo Server speak
 */
export interface IncrementalResult {
  readonly initial: InitialResult;
  readonly subsequent: AsyncGenerator<SubsequentResult, void, void>;
}

/** True for an answer in parts. */
export function isIncremental(result: ExecutionResult | IncrementalResult): result is IncrementalResult {
  return 'subsequent' in result;
}

/** The first part as JSON text. */
export function encodeInitial(result: InitialResult): string {
  return `${String(encodeResult(result)).slice(0, -1)},"hasNext":true}`;
}

/** Later parts as JSON text. */
export function encodeSubsequent({ incremental, hasNext }: SubsequentResult): string {
  if (!incremental) return `{"hasNext":${hasNext}}`;
  const payloads = incremental.map((payload) => {
    const label = payload.label === undefined ? '' : `,"label":${JSON.stringify(payload.label)}`;
    return `${String(encodeResult(payload)).slice(0, -1)},"path":${JSON.stringify(payload.path)}${label}}`;
  });
  return `{"incremental":[${payloads.join(',')}],"hasNext":${hasNext}}`;
}
