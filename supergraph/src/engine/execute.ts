import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { type ExecutionResult, type GraphQLError, OperationTypeNode } from 'graphql';
import { startBudget } from '../subgraphs/budget.ts';
import { authorize, describeDenied } from './authorize.ts';
import type { OperationRequest } from './engine.ts';
import type { Generation } from './generation.ts';
import { coerceVariables, selectOperation } from './operation.ts';
import { type ErrorTelling, toCompletionErrors, toPublicError } from './public-errors.ts';
import { putBackNulls } from './shape.ts';

/** What the way of an operation needs besides its generation. */
export interface ExecuteOptions extends ErrorTelling {
  /** The budget of a whole request. */
  readonly requestTimeoutMs: number;
}

/** The event that a subscription operation is executed for. */
export interface AnnouncedEvent {
  readonly event: DomainEvent;
  readonly cursor: string;
}

/**
 * The way of an operation through one generation: coerce the variables, remove what the caller may not see, plan, run, shape.
 * Never throws: whatever goes wrong is in `errors`.
 */
export async function executeOperation(
  generation: Generation,
  request: OperationRequest,
  options: ExecuteOptions & { readonly announced?: AnnouncedEvent },
): Promise<ExecutionResult> {
  try {
    const prepared = prepare(generation, request, options.announced !== undefined);
    const ran = prepared.authorized.document
      ? await plannedRun(generation, prepared.authorized, { request, options })
      : null;
    const { data, errors } = shape(generation, { request, prepared, ran, options });
    return errors.length > 0 ? { data, errors } : { data };
  } catch (fault) {
    return { errors: [toPublicError(options, fault)] };
  }
}

/** Why the caller may not have anything of the operation; empty when there is something to have. Never throws. */
export function refuseOperation(
  generation: Generation,
  request: Pick<OperationRequest, 'document' | 'source' | 'operationName' | 'variables' | 'caller'>,
  telling: ErrorTelling,
): readonly GraphQLError[] {
  try {
    const { authorized, deniedErrors } = prepare(generation, request, true);
    return authorized.document ? [] : deniedErrors;
  } catch (fault) {
    return [toPublicError(telling, fault)];
  }
}

type Prepared = ReturnType<typeof prepare>;

function prepare(
  generation: Generation,
  request: Pick<OperationRequest, 'document' | 'source' | 'operationName' | 'variables' | 'caller'>,
  isSubscription: boolean,
) {
  const operation = selectOperation(request.document, request.operationName);
  if ((operation.operation === OperationTypeNode.SUBSCRIPTION) !== isSubscription) {
    throw new CodedError(
      'BAD_USER_INPUT',
      isSubscription ? 'This is not a subscription' : 'A subscription needs a transport that streams',
    );
  }
  const variables = coerceVariables(generation.graph.schema, operation, request.variables ?? {});
  const authorized = authorize(generation.graph, { ...request, operation }, generation.rightsOf(request.caller));
  return { authorized, deniedErrors: describeDenied(authorized.denied, variables) };
}

async function plannedRun(
  { planner, run }: Generation,
  { key, document }: Prepared['authorized'],
  {
    request,
    options,
  }: { readonly request: OperationRequest; readonly options: ExecuteOptions & { readonly announced?: AnnouncedEvent } },
) {
  const planned = planner.plan(key, document ?? request.document, request.operationName);
  const { requestTimeoutMs, announced } = options;
  const budget = startBudget(request.signal, requestTimeoutMs);
  try {
    return await run(planned, request.variables ?? {}, {
      caller: request.caller,
      signal: budget.signal,
      traceparent: request.traceparent,
      clientAddress: request.clientAddress,
      deadlineAtMs: performance.now() + requestTimeoutMs,
      ...(announced ? { event: announced } : {}),
    });
  } finally {
    budget.end();
  }
}

function shape(
  { graph }: Generation,
  at: {
    readonly request: OperationRequest;
    readonly prepared: Prepared;
    readonly ran: Awaited<ReturnType<typeof plannedRun>> | null;
    readonly options: ErrorTelling;
  },
): { data: Record<string, unknown> | null; errors: readonly GraphQLError[] } {
  const { request, prepared, ran, options } = at;
  const errors = [
    ...prepared.deniedErrors,
    ...(ran?.errors ?? []).map((fault) => toPublicError(options, fault)),
    ...toCompletionErrors(ran?.extensions),
  ];
  if (prepared.authorized.denied.length === 0 || ran?.data === null) return { data: ran?.data ?? null, errors };
  const { document, operationName, variables = {} } = request;
  return { data: putBackNulls(graph.schema, { document, operationName, variables }, ran?.data ?? {}), errors };
}
