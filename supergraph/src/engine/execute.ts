import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { type ExecutionResult, type GraphQLError, OperationTypeNode } from 'graphql';
import { authorize, describeDenied } from './authorize.ts';
import type { OperationRequest } from './engine.ts';
import type { Generation } from './generation.ts';
import { coerceVariables, selectOperation } from './operation.ts';
import { type RunOptions, runOperation } from './run-operation.ts';
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
    const prepared = prepare(generation, request, options.announced !== undefined);
    const { document } = request;
    const { operation, authorized } = prepared;
    const compiled = generation.planner.plan(authorized.key, {
      document,
      operation,
      allowed: authorized.document,
      flags: prepared.variables,
    });
    const { variables, deniedErrors } = prepared;
    return await runOperation(generation, compiled, { request, variables, deniedErrors, options });
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
