import type { GraphQLDataSource } from '@apollo/gateway';
import { CodedError, describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { GraphQLFormattedError } from 'graphql';
import { z } from 'zod';
import type { SubgraphClient } from '../subgraphs/client.ts';

/** What each fetch of one running operation needs to know. */
export interface RunContext {
  readonly caller: Caller;
  /** Aborted when the client has gone or the request's budget is spent. */
  readonly signal: AbortSignal;
  readonly traceparent: string;
  readonly clientAddress: string;
  /** When the budget is spent, in the time of `performance.now()`. */
  readonly deadlineAtMs: number;
  /** The event of a subscription operation: it goes to the subgraph that owns the field. */
  readonly event?: { readonly event: DomainEvent; readonly cursor: string };
}

type ProcessOptions = Parameters<GraphQLDataSource['process']>[0];
type ProcessAnswer = Awaited<ReturnType<GraphQLDataSource['process']>>;

const answerShape = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.looseObject({ message: z.string() })).nullish(),
});

/**
 * One subgraph as Apollo's executor sees it. A subgraph that cannot be reached gives an error with a code, not an exception,
 * so that the rest of the answer stands.
 */
export function createDataSource(
  { client, log }: { readonly client: SubgraphClient; readonly log: Log },
  subgraph: string,
): GraphQLDataSource {
  return {
    async process({ request, context }: ProcessOptions): Promise<ProcessAnswer> {
      const run = context as RunContext;
      const { query = '', variables, operationName } = request;
      const isEvent = query.startsWith('subscription') && run.event !== undefined;
      try {
        const { status, json } = await client.send({
          subgraph,
          body: { query, variables, operationName, ...(isEvent ? { extensions: { event: run.event } } : {}) },
          caller: run.caller,
          purpose: isEvent ? 'event' : 'query',
          signal: run.signal,
          traceparent: run.traceparent,
          clientAddress: run.clientAddress,
          deadlineMs: run.deadlineAtMs - performance.now(),
          isMutation: query.startsWith('mutation'),
        });
        return readAnswer(status, json);
      } catch (fault) {
        if (!run.signal.aborted) log.warn({ subgraph, fault: describeFault(fault) }, 'a fetch failed');
        return { data: null, errors: [describeFetchFault(fault, run)] };
      }
    },
  };
}

function readAnswer(status: number, json: unknown): ProcessAnswer {
  const answer = answerShape.safeParse(json);
  if (status === 401 || status === 403 || !answer.success) {
    throw new CodedError('SUBGRAPH_UNAVAILABLE', unavailable, {
      httpStatus: 503,
      cause: new Error(`it answered ${status}`),
    });
  }
  const { data, errors } = answer.data;
  // The executor would put the subgraph's name where a message is empty.
  const told = errors?.map((error) => ({ ...error, message: error.message || 'Internal server error' }));
  return { data: data ?? null, ...(told ? { errors: told as readonly GraphQLFormattedError[] } : {}) };
}

const unavailable = 'A part of the graph cannot answer at the moment';

/** The path is empty: the executor puts that of the fetch before it. */
function describeFetchFault(fault: unknown, { signal, deadlineAtMs }: RunContext): GraphQLFormattedError {
  if (fault instanceof CodedError && fault.expose)
    return { message: fault.message, path: [], extensions: { code: fault.code } };
  const isLate = signal.aborted && performance.now() >= deadlineAtMs;
  if (isLate) return { message: 'The request took too long', path: [], extensions: { code: 'DEADLINE_EXCEEDED' } };
  return { message: unavailable, path: [], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } };
}
