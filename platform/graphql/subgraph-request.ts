import { type DomainEvent, EventRefused, parseEnvelope } from '@storefront/schema/events/event.ts';
import { CodedError } from '../errors/coded-error.ts';
import type { Caller } from '../identity/caller.ts';
import type { Purpose } from '../identity/internal-tokens.ts';
import type { Work } from '../process/work.ts';

/** An event to be resolved as a subscription's answer. `cursor` names its place, so that a client can resume after it. */
export interface EventToResolve {
  readonly event: DomainEvent;
  readonly cursor: string;
}

/** What a subgraph knows about one request besides its document. */
export interface SubgraphRequest {
  readonly caller: Caller;
  readonly purpose: Purpose;
  /** Abandoned when the time is up or the other side went away; `work.signal` is for what takes an AbortSignal. */
  readonly work: Work;
  readonly traceparent: string;
  /** The address of the client that the gateway answers, when the gateway says it. */
  readonly clientAddress: string | null;
  /** Present with the purpose `event`; it is the root value of the execution too. */
  readonly event?: EventToResolve;
  /** The same object for all requests that came together; absent for one that came alone. See `shareInBatch`. */
  readonly batch?: object;
}

/** The body of a GraphQL request. Source: graphql.github.io/graphql-over-http section 5.1 */
export interface GraphqlBody {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

/** Checks the body of a GraphQL request. @throws CodedError BAD_USER_INPUT that names what is wrong */
export function readBody(body: unknown): GraphqlBody {
  if (!isRecord(body)) throw badInput('the body must be a JSON object with a query');
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== 'string' || query === '') throw badInput('query must be a text');
  if (!isMissing(operationName) && typeof operationName !== 'string') throw badInput('operationName must be a text');
  if (!isMissing(variables) && !isRecord(variables)) throw badInput('variables must be an object');
  if (!isMissing(extensions) && !isRecord(extensions)) throw badInput('extensions must be an object');
  return {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  };
}

/** Reads `extensions.event`, `{ event, cursor }`. @throws CodedError BAD_USER_INPUT */
export function readEvent(extensions: GraphqlBody['extensions']): EventToResolve {
  const given = extensions?.event;
  if (!isRecord(given) || typeof given.cursor !== 'string')
    throw badInput('extensions.event must hold an event and its cursor');
  try {
    return { event: parseEnvelope(given.event), cursor: given.cursor };
  } catch (cause) {
    if (cause instanceof EventRefused) throw badInput('extensions.event.event is not an event');
    throw cause;
  }
}

/** Reads `x-deadline-ms`, the milliseconds that are left: at most `maxMs`, and `maxMs` when there is none. */
export function readDeadlineMs(header: string | string[] | undefined, maxMs: number): number {
  const given = typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : maxMs;
  return Math.max(1, Math.min(given, maxMs));
}

function badInput(message: string): CodedError {
  return new CodedError('BAD_USER_INPUT', message);
}

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
