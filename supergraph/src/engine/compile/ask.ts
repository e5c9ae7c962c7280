import { CodedError, describeFault } from '@storefront/platform/errors/coded-error.ts';
import { OperationTypeNode } from 'graphql';
import { reportPart } from '../../cache/cache-report.ts';
import type { CachedFetch } from '../../cache/fetch-cache.ts';
import { isOutOfTime } from '../../subgraphs/budget.ts';
import type { SubgraphAnswer } from '../../subgraphs/client.ts';
import { copyJson, isJsonObject, type JsonObject } from './merge.ts';
import type { Run } from './run.ts';

/** What a subgraph said, as GraphQL. */
export interface GraphqlAnswer {
  readonly data: JsonObject | null;
  readonly errors: readonly SubgraphError[];
}

/** One error as a subgraph told it. */
export interface SubgraphError {
  readonly message: string;
  readonly path?: unknown;
  readonly extensions?: unknown;
}

/** One request, ready to go. */
export interface Question {
  readonly subgraph: string;
  readonly kind: OperationTypeNode;
  readonly body: string;
  /** The number of the fetch in its plan. */
  readonly number: number;
  /** True when the plan may ask the same again: then it is sent once, and each gets a copy of the answer. */
  readonly mayRepeat: boolean;
  /** What the cache must know of it; null when it may not be kept. */
  readonly cached: CachedFetch | null;
}

const unavailable = 'A part of the graph cannot answer at the moment';

/** Asks a subgraph. A fault is logged and given back as what a client may hear of it. Never rejects. */
export async function ask(run: Run, question: Question): Promise<GraphqlAnswer | { readonly fault: SubgraphError }> {
  const { mayRepeat, subgraph } = question;
  try {
    const answer = await ((mayRepeat && run.mayShare) || run.isReplayed
      ? sendOnce(run, question)
      : send(run, question));
    const read = readAnswer(answer);
    record(run, question, answer);
    return read;
  } catch (fault) {
    if (!run.context.signal.aborted) run.log.warn({ subgraph, fault: describeFault(fault) }, 'a fetch failed');
    return { fault: describeFetchFault(fault, run) };
  }
}

/** Sends a question. `expected` is the answer that it had the last time. */
export async function send(
  run: Run,
  question: Pick<Question, 'subgraph' | 'kind' | 'body' | 'cached'> & Partial<Pick<Question, 'number'>>,
  expected?: Buffer,
): Promise<SubgraphAnswer> {
  const { cache, progress, report } = run;
  const { cached, subgraph, number: fetchNumber } = question;
  const kept = cache && cached ? await cache.answer({ run, subgraph, fetch: cached, fetchNumber, expected }) : null;
  if (!kept && report) reportPart(report, cached?.caching.policy ?? null, 0);
  const answer = kept ?? (await sendNow(run, question, expected));
  progress.hasAnswer = true;
  if (answer.noStore) progress.mayKeep = false;
  return answer;
}

function sendNow(
  { client, context, mayShare }: Run,
  { subgraph, kind, body, number }: Pick<Question, 'subgraph' | 'kind' | 'body'> & Partial<Pick<Question, 'number'>>,
  expected: Buffer | undefined,
): Promise<SubgraphAnswer> {
  return client.send({
    subgraph,
    body,
    caller: context.caller,
    purpose: kind === OperationTypeNode.SUBSCRIPTION ? 'event' : 'query',
    signal: context.signal,
    traceparent: context.traceparent,
    clientAddress: context.clientAddress,
    deadlineMs: context.deadlineAtMs - performance.now(),
    isMutation: kind === OperationTypeNode.MUTATION,
    mayShare,
    mayBatch: context.event !== undefined,
    expected,
    fetchNumber: number,
  });
}

/** What answers are found by that are used more than once. */
export function questionKey({ subgraph, body }: Pick<Question, 'subgraph' | 'body'>): string {
  return `${subgraph} ${body}`;
}

/** The plan may write into an answer, so that nobody gets the same object as another. */
async function sendOnce(run: Run, question: Question): Promise<SubgraphAnswer> {
  const key = questionKey(question);
  const sent = run.repeated.get(key);
  if (sent) return copyAnswer(await sent);
  const first = send(run, question);
  // Without its bytes an answer must be copied before the first reader writes into it.
  const original = first.then((answer) => (answer.bytes === undefined ? copyAnswer(answer) : answer));
  original.catch(() => undefined);
  run.repeated.set(key, original);
  return first;
}

function copyAnswer(answer: SubgraphAnswer): SubgraphAnswer {
  if (answer.bytes === undefined) return { ...answer, json: copyJson(answer.json) };
  return { ...answer, json: JSON.parse(answer.bytes.toString('utf8')) as unknown };
}

function record({ kept, progress }: Run, { number, ...question }: Question, { status, bytes }: SubgraphAnswer): void {
  if (!kept) return;
  if (!bytes || status !== 200) {
    progress.mayKeep = false;
    return;
  }
  const same = question.mayRepeat ? kept.find((other) => other?.bytes === bytes) : undefined;
  kept[number] = same ?? { ...question, bytes };
}

/** @throws CodedError SUBGRAPH_UNAVAILABLE when it is no answer to a GraphQL request */
function readAnswer({ status, json }: SubgraphAnswer): GraphqlAnswer {
  if (status !== 401 && status !== 403 && isJsonObject(json)) {
    const { data = null, errors = null } = json;
    const isGood = errors === null || (Array.isArray(errors) && errors.every(isSubgraphError));
    if (isGood && (data === null || isJsonObject(data))) return { data, errors: errors ?? [] };
  }
  throw new CodedError('SUBGRAPH_UNAVAILABLE', unavailable, {
    httpStatus: 503,
    cause: new Error(`it answered ${status}`),
  });
}

function isSubgraphError(value: unknown): value is SubgraphError {
  return isJsonObject(value) && typeof value['message'] === 'string';
}

function describeFetchFault(fault: unknown, { context: { signal } }: Run): SubgraphError {
  if (fault instanceof CodedError && fault.expose) return { message: fault.message, extensions: { code: fault.code } };
  return isOutOfTime(signal)
    ? { message: 'The request took too long', extensions: { code: 'DEADLINE_EXCEEDED' } }
    : { message: unavailable, extensions: { code: 'SUBGRAPH_UNAVAILABLE' } };
}
