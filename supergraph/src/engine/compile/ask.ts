import { CodedError, describeFault } from '@storefront/platform/errors/coded-error.ts';
import { OperationTypeNode } from 'graphql';
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
  /** True when the plan may ask the same again: then it is sent once, and each gets a copy of the answer. */
  readonly mayRepeat: boolean;
}

const unavailable = 'A part of the graph cannot answer at the moment';

/** Asks a subgraph. A fault is logged and given back as what a client may hear of it. Never rejects. */
export async function ask(run: Run, question: Question): Promise<GraphqlAnswer | { readonly fault: SubgraphError }> {
  try {
    return readAnswer(question.mayRepeat && run.mayShare ? await sendOnce(run, question) : await send(run, question));
  } catch (fault) {
    const { subgraph } = question;
    if (!run.context.signal.aborted) run.log.warn({ subgraph, fault: describeFault(fault) }, 'a fetch failed');
    return { fault: describeFetchFault(fault, run) };
  }
}

function send({ client, context, mayShare }: Run, { subgraph, kind, body }: Question): Promise<SubgraphAnswer> {
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
  });
}

/** The plan may write into an answer, so that nobody gets the same object as another. */
async function sendOnce(run: Run, question: Question): Promise<SubgraphAnswer> {
  const key = `${question.subgraph} ${question.body}`;
  const sent = run.repeated.get(key);
  if (sent) return copyAnswer(await sent);
  const first = send(run, question);
  // Without its text an answer must be copied before the first reader writes into it.
  const original = first.then((answer) => (answer.text === undefined ? copyAnswer(answer) : answer));
  original.catch(() => undefined);
  run.repeated.set(key, original);
  return first;
}

function copyAnswer(answer: SubgraphAnswer): SubgraphAnswer {
  if (answer.text === undefined) return { ...answer, json: copyJson(answer.json) };
  return { ...answer, json: JSON.parse(answer.text) as unknown };
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

function describeFetchFault(fault: unknown, { context: { signal, deadlineAtMs } }: Run): SubgraphError {
  if (fault instanceof CodedError && fault.expose) return { message: fault.message, extensions: { code: fault.code } };
  const isLate = signal.aborted && performance.now() >= deadlineAtMs;
  return isLate
    ? { message: 'The request took too long', extensions: { code: 'DEADLINE_EXCEEDED' } }
    : { message: unavailable, extensions: { code: 'SUBGRAPH_UNAVAILABLE' } };
}
