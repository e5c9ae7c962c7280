import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { ExecutionResult } from 'graphql';
import { type IncrementalResult, isIncremental } from '../defer/incremental-result.ts';
import type { OperationRequest } from '../engine.ts';
import type { Generation } from '../generation.ts';
import type { KnownOperation } from '../plan.ts';
import { tellCost } from './tell-cost.ts';

/** What operations may cost. */
export interface CostOptions {
  /** The most that one operation may be estimated at. Default: no limit. */
  readonly maximum?: number;
  /** How many elements a list is taken to have of which the graph says nothing. Default 10. */
  readonly assumedListSize?: number;
}

type PricedRequest = Pick<
  OperationRequest,
  'document' | 'source' | 'operationName' | 'variables' | 'caller' | 'tellsCost'
>;

const none: Readonly<Record<string, unknown>> = Object.freeze({});

/** What an operation costs at most. @throws CodedError COST_LIMIT_EXCEEDED, and what the estimate throws */
export function priceOperation(
  generation: Generation,
  request: PricedRequest,
  { maximum = Infinity }: CostOptions,
): number {
  const estimated = generation.pricing.estimate(wholeOf(generation, request), request.variables ?? none);
  if (estimated <= maximum) return estimated;
  throw new CodedError('COST_LIMIT_EXCEEDED', `The operation may cost ${estimated}; the most is ${maximum}.`, {
    httpStatus: 400,
    extensions: { estimated, maximum },
  });
}

/** The result, with `extensions.cost` when the request asks for it and something can be said of it. */
export function withCost<Result extends ExecutionResult | IncrementalResult>(
  generation: Generation,
  request: PricedRequest,
  result: Result,
  { maximum = Infinity }: CostOptions,
): Result {
  if (!request.tellsCost) return result;
  const { variables = none } = request;
  try {
    const known = wholeOf(generation, request);
    const estimated = generation.pricing.estimate(known, variables);
    const told = { estimated, maximum: Number.isFinite(maximum) ? maximum : null };
    const answer: ExecutionResult | IncrementalResult = result;
    const withIt = isIncremental(answer)
      ? { ...answer, initial: tellCost(answer.initial, { ...told, actual: null }) }
      : tellCost(answer, { ...told, actual: generation.pricing.measure(known, variables, answer.data) });
    return withIt as Result;
  } catch (fault) {
    if (fault instanceof CodedError) return result;
    throw fault;
  }
}

/** What is deferred costs as what is not. */
function wholeOf({ planner, defers }: Generation, request: PricedRequest): KnownOperation {
  const asked = planner.find(request);
  const deferred = defers.read(asked);
  return deferred ? planner.find({ ...request, ...deferred.whole }) : asked;
}
