import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { type ExecutionResult, type GraphQLError, OperationTypeNode } from 'graphql';
import { tellCaching } from '../cache/tell-caching.ts';
import { startBudget } from '../subgraphs/budget.ts';
import { waitFor } from '../subgraphs/wait-for.ts';
import { describeDenied } from './authorize.ts';
import type { OperationRequest } from './engine.ts';
import type { Generation } from './generation.ts';
import type { CompiledOperation, KnownOperation } from './plan.ts';
import { type PreparedOperation, type RunOptions, runOperation } from './run-operation.ts';
import { type ErrorTelling, toPublicError } from './public-errors.ts';

/**
 * The way of an operation through one generation: coerce the variables, remove what the caller may not see, plan, run, shape.
 * Never throws: whatever goes wrong is in `errors`.
 */
export async function executeOperation(
  generation: Generation,
  request: OperationRequest,
  options: RunOptions,
): Promise<ExecutionResult> {
  try {
    const { known, variables, deniedErrors } = prepare(generation, request, options.announced !== undefined);
    const planned = generation.planner.plan(known, variables);
    const prepared = { request, variables, deniedErrors, options };
    const result = await (planned instanceof Promise
      ? runWhenPlanned(generation, planned, prepared)
      : runOperation(generation, planned, prepared));
    return tellCaching(request, result);
  } catch (fault) {
    return { errors: [toPublicError(options, fault)] };
  }
}

/** Waits for the plan, and runs with what is left of the time. @throws CodedError DEADLINE_EXCEEDED when nothing is left */
async function runWhenPlanned(
  generation: Generation,
  planned: Promise<CompiledOperation>,
  prepared: PreparedOperation,
): Promise<ExecutionResult> {
  const { request, options } = prepared;
  const endsAtMs = performance.now() + options.requestTimeoutMs;
  const budget = startBudget(request.signal, options.requestTimeoutMs);
  try {
    const compiled = await waitFor(planned, budget.signal);
    const requestTimeoutMs = endsAtMs - performance.now();
    return await runOperation(generation, compiled, { ...prepared, options: { ...options, requestTimeoutMs } });
  } catch (fault) {
    throw budget.isSpent ? new CodedError('DEADLINE_EXCEEDED', 'The request took too long', { cause: fault }) : fault;
  } finally {
    budget.end();
  }
}

/** Why the caller may not have anything of the operation; empty when there is something to have. Never throws. */
export function refuseOperation(
  generation: Generation,
  request: Pick<OperationRequest, 'document' | 'source' | 'operationName' | 'variables' | 'caller'>,
  telling: ErrorTelling,
): readonly GraphQLError[] {
  try {
    const { known, deniedErrors } = prepare(generation, request, true);
    return known.allowed ? [] : deniedErrors;
  } catch (fault) {
    return [toPublicError(telling, fault)];
  }
}

/** An operation that is ready to be planned. */
export interface Prepared extends Pick<PreparedOperation, 'variables' | 'deniedErrors'> {
  readonly known: KnownOperation;
}

type PreparedRequest = Pick<OperationRequest, 'document' | 'source' | 'operationName' | 'variables' | 'caller'>;

/** What cannot come later comes at once. */
function prepare(generation: Generation, request: PreparedRequest, isSubscription: boolean): Prepared {
  const { planner, defers } = generation;
  const asked = planner.find(request);
  const { operation } = asked;
  if ((operation.operation === OperationTypeNode.SUBSCRIPTION) !== isSubscription) {
    throw new CodedError(
      'BAD_USER_INPUT',
      isSubscription ? 'This is not a subscription' : 'A subscription needs a transport that streams',
    );
  }
  const deferred = defers.read(asked);
  const known = deferred ? planner.find({ ...request, ...deferred.whole }) : asked;
  return prepareKnown(known, request.variables);
}

/** Coerces the variables and says what the caller may not see. @throws CodedError BAD_USER_INPUT */
export function prepareKnown(known: KnownOperation, given: OperationRequest['variables']): Prepared {
  const variables = known.coerce(given ?? {});
  return { known, variables, deniedErrors: describeDenied(known.denied, variables) };
}
