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
export interface SubsequentResult extends Omit<ExecutionResult, 'data' | 'errors'> {
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

/** What is sent of an answer in parts at one time. */
export type AnswerPart = InitialResult | SubsequentResult;

/** True for an answer in parts. */
export function isIncremental(result: ExecutionResult | IncrementalResult): result is IncrementalResult {
  return 'subsequent' in result;
}

/** All parts one after the other. `return` gives up what still runs. */
export function allParts({ initial, subsequent }: IncrementalResult): AsyncGenerator<AnswerPart, void, void> {
  const parts = (async function* () {
    yield initial;
    yield* subsequent;
  })();
  const finish = parts.return.bind(parts);
  // It waits for a `next` under way, which ends when nothing runs any more.
  parts.return = async (value) => {
    await subsequent.return();
    return finish(value);
  };
  return parts;
}

/** The errors of whatever is sent to a client: those of a result, or of all its parts. */
export function errorsOf(sent: ExecutionResult | AnswerPart): readonly GraphQLError[] {
  if (!('incremental' in sent)) return 'errors' in sent ? (sent.errors ?? []) : [];
  return (sent.incremental ?? []).flatMap(({ errors = [] }) => errors);
}

/** A part as JSON text. */
export function encodePart(part: AnswerPart): string {
  if (isFirst(part)) return `${String(encodeResult(part)).slice(0, -1)},"hasNext":true}`;
  const { incremental, hasNext } = part;
  if (!incremental) return `{"hasNext":${hasNext}}`;
  return `{"incremental":[${incremental.map(encodePayload).join(',')}],"hasNext":${hasNext}}`;
}

function isFirst(part: AnswerPart): part is InitialResult {
  return 'data' in part;
}

function encodePayload(payload: IncrementalPayload): string {
  const label = payload.label === undefined ? '' : `,"label":${JSON.stringify(payload.label)}`;
  return `${String(encodeResult(payload)).slice(0, -1)},"path":${JSON.stringify(payload.path)}${label}}`;
}
