import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { type ExecutionResult, type GraphQLError, OperationTypeNode } from 'graphql';
import { startBudget } from '../subgraphs/budget.ts';
import { authorize, describeDenied } from './authorize.ts';
import type { OperationRequest } from './engine.ts';
import type { Generation } from './generation.ts';
import { Completion } from './compile/completion.ts';
import { explain } from './compile/explain.ts';
import type { Run } from './compile/run.ts';
import { coerceVariables, selectOperation } from './operation.ts';
import type { CompiledOperation } from './plan.ts';
import { createResult } from './result.ts';
import { type ErrorTelling, toPublicError } from './public-errors.ts';

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
    const { document } = request;
    const { operation, authorized } = prepared;
    const compiled = generation.planner.plan(authorized.key, {
      document,
      operation,
      allowed: authorized.document,
      flags: prepared.variables,
    });
    const run = await runProgram(generation, compiled, { request, prepared, options });
    return answer(run, compiled, { prepared, options });
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
  return { operation, variables, authorized, deniedErrors: describeDenied(authorized.denied, variables) };
}

async function runProgram(
  { client, log }: Generation,
  { program }: CompiledOperation,
  at: {
    readonly request: OperationRequest;
    readonly prepared: Prepared;
    readonly options: ExecuteOptions & { readonly announced?: AnnouncedEvent };
  },
): Promise<Run> {
  const { request, prepared, options } = at;
  const { requestTimeoutMs, announced } = options;
  const budget = startBudget(request.signal, requestTimeoutMs);
  const run: Run = {
    data: {},
    variables: request.variables ?? {},
    flags: prepared.variables,
    context: {
      caller: request.caller,
      signal: budget.signal,
      traceparent: request.traceparent,
      clientAddress: request.clientAddress,
      deadlineAtMs: performance.now() + requestTimeoutMs,
      ...(announced ? { event: announced } : {}),
    },
    client,
    log,
    mayShare: program?.mayShare ?? true,
    errors: [],
    outages: [],
    failed: new Map(),
    shared: new Map(),
    repeated: new Map(),
  };
  try {
    await program?.step(run);
    return run;
  } finally {
    budget.end();
  }
}

function answer(
  run: Run,
  { shape, introspect }: CompiledOperation,
  { prepared, options }: { readonly prepared: Prepared; readonly options: ErrorTelling },
): ExecutionResult {
  const { deniedErrors, variables } = prepared;
  const completion = new Completion({
    tracksMissing: run.outages.length > 0,
    introspected: introspect(run.variables),
    shared: run.shared,
  });
  const text = shape(run.data, variables, completion);
  if (completion.faults.length + run.errors.length + run.outages.length + deniedErrors.length === 0) {
    return createResult(text);
  }
  const explained = deniedErrors.flatMap(({ path }) => (path ? [path] : []));
  const found = explain({ errors: run.errors, outages: run.outages, faults: completion.faults, explained });
  const errors = [...deniedErrors, ...found.map((fault) => toPublicError(options, fault))];
  return createResult(text, errors);
}
