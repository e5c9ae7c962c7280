import { addressKey } from '@storefront/platform/http/address-key.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { getOperationAST, OperationTypeNode } from 'graphql';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { Engine, Graph } from '../engine/engine.ts';
import type { Documents } from './documents.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import type { RateLimiter } from './rate-limit.ts';
import { graphNotReady } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/** A GraphQL request of somebody whose identity is settled (see authenticate.ts), on any transport. */
export interface OperationCall {
  readonly caller: Caller;
  readonly clientAddress: string;
  readonly source: string;
  readonly operationName?: string | undefined;
  /** As the client gave them: the cost depends on them. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** An operation that may be executed. `headers` belong on the answer of a transport that has headers. */
export interface Admission {
  readonly graph: Graph;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The SHA-256 of the document's text, hex. */
  readonly hash: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type AdmissionVerdict = Admission | { readonly refused: Refusal };

/**
 * Decides whether an operation may be executed, the same for every transport: is there a graph, is the document within
 * the limits and valid, may an operation cost so much, does the caller's rate limit allow it. It is charged what it is estimated
 * to cost, at least one point; what is refused costs one. Does not throw for what is expected.
 */
export type Admit = (call: OperationCall) => Promise<AdmissionVerdict>;

export interface AdmitDeps {
  readonly engine: Pick<Engine, 'state' | 'price'>;
  readonly documents: Documents;
  readonly limiter: RateLimiter;
}

/** Creates the one function that stands before `engine.execute`. */
export function createAdmit({ engine, documents, limiter }: AdmitDeps): Admit {
  return async (call) => {
    const { state } = engine;
    if (state.phase === 'waiting') return { refused: graphNotReady };
    const reading = isTooDeep(call.variables) ? tooDeep : readOperation(documents, state.graph, call);
    const price = 'refused' in reading ? reading : priceOf(engine, call, reading.document);
    const isDelicate = call.caller.kind === 'anonymous' && isMutation(reading);
    const charged = await charge(limiter, call, typeof price === 'number' ? price : 1, isDelicate);
    if ('refused' in charged) return charged;
    if (typeof price !== 'number') return { refused: { ...price.refused, headers: charged.headers } };
    if ('refused' in reading) return reading;
    return { graph: state.graph, ...reading, headers: charged.headers };
  };
}

/** What the operation costs, or why it may not be executed. */
function priceOf(
  engine: Pick<Engine, 'price'>,
  { source, operationName, variables, caller }: OperationCall,
  document: DocumentNode,
): number | { readonly refused: Refusal } {
  try {
    return engine.price({ document, source, operationName, variables, caller });
  } catch (fault) {
    if (!(fault instanceof CodedError && fault.expose)) throw fault;
    const { httpStatus: status, code, message, extensions } = fault;
    return { refused: { status, code, message, headers: {}, extensions } };
  }
}

/** So many levels variables may have: what nests deeper could not be written down again. */
const mostLevels = 64;

const tooDeep: { readonly refused: Refusal } = {
  refused: {
    status: 400,
    code: 'BAD_USER_INPUT',
    message: `Variables nest at most ${mostLevels} levels.`,
    headers: {},
  },
};

function isTooDeep(value: unknown, levels = mostLevels): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (isTooDeep(inner, levels - 1)) return true;
  return false;
}

type Reading = Pick<Admission, 'document' | 'operation' | 'hash'> | { readonly refused: Refusal };

function readOperation(documents: Documents, graph: Graph, { source, operationName }: OperationCall): Reading {
  const read = documents.read(graph.schema, source);
  if ('errors' in read) {
    const message = read.errors[0]?.message ?? 'The document is not valid.';
    return { refused: { status: 400, code: read.code, message, headers: {}, errors: read.errors } };
  }
  const operation = getOperationAST(read.document, operationName);
  if (operation) return { document: read.document, operation, hash: read.hash };
  const message = operationName
    ? `Unknown operation named "${operationName}".`
    : 'Say with operationName which operation is meant.';
  return { refused: { status: 400, code: 'OPERATION_RESOLUTION_FAILURE', message, headers: {} } };
}

/** Takes `cost` points from the caller's account, or from the address's when nobody is known. */
export async function charge(
  limiter: RateLimiter,
  { caller, clientAddress }: Pick<OperationCall, 'caller' | 'clientAddress'>,
  cost: number,
  isDelicate = false,
): Promise<{ readonly headers: Readonly<Record<string, string>> } | { readonly refused: Refusal }> {
  if (!limiter.limit) return { headers: {} };
  const key = caller.kind === 'user' ? `user:${caller.userId}` : `address:${addressKey(clientAddress)}`;
  const verdict = await limiter.charge(key, Math.max(1, cost), isDelicate);
  const headers = rateLimitHeaders(verdict);
  if (verdict.allowed) return { headers };
  const message = `Too many requests. Try again in ${headers['retry-after']} s.`;
  return { refused: { status: 429, code: 'RATE_LIMITED', message, headers } };
}

function isMutation(reading: Reading): boolean {
  return 'operation' in reading && reading.operation.operation === OperationTypeNode.MUTATION;
}

/** True for an operation that is executed once, not for each event. */
export function isSubscription(operation: OperationDefinitionNode): boolean {
  return operation.operation === OperationTypeNode.SUBSCRIPTION;
}
