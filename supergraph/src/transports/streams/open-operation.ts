import type { FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import { OperationTypeNode } from 'graphql';
import { asksForCost } from '../../engine/cost/tell-cost.ts';
import { allParts, isIncremental } from '../../engine/defer/incremental-result.ts';
import type { OperationRequest } from '../../engine/engine.ts';
import { asksForExplanation } from '../../engine/explain/explanation.ts';
import { type Admit, isSubscription } from '../../guards/admit.ts';
import type { Refusal } from '../../guards/refusal.ts';
import { subscribe, type SubscribeDeps } from '../../live/subscribe.ts';
import type { HttpCall } from './read-call.ts';

/** How a transport answers an operation with a stream of results. */
export interface StreamCall extends Pick<OperationRequest, 'caller'> {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The cursor that the transport says to go on after. */
  readonly resumeAfter?: string | undefined;
  /** Told of the cursor at which a subscription begins. */
  readonly onBegin?: (cursor: string) => void;
  /** True for a transport whose results may be the parts of an answer. */
  readonly takesParts?: boolean;
  /** True when the method allows no change, as GET does. */
  readonly isReadOnly: boolean;
}

/** The results of an operation, one or many; or why there are none. */
export type OpenedOperation =
  | { readonly refused: Refusal }
  | { readonly results: AsyncGenerator<ExecutionResult, void, undefined> };

/**
 * Lets the operation of a request pass the guards and begins it: queries and mutations have one result or, in parts, several; a
 * subscription has one for each event. The request's exchange then knows what was asked for.
 */
export async function openOperation(
  deps: SubscribeDeps & { readonly admit: Admit },
  { request, call }: { readonly request: FastifyRequest; readonly call: HttpCall },
  { resumeAfter, onBegin, isReadOnly, takesParts = false, caller, signal }: StreamCall,
): Promise<OpenedOperation> {
  const { exchange } = request;
  const { clientAddress, traceparent } = exchange;
  const { extensions, ...asked } = call;
  const admission = await deps.admit({ ...asked, caller, clientAddress });
  if ('refused' in admission) return admission;
  const { document, operation } = admission;
  if (isReadOnly && operation.operation === OperationTypeNode.MUTATION) return { refused: mutationByGet };
  const facts = { operationName: operation.name?.value, operationType: operation.operation };
  exchange.operation = { ...exchange.operation, ...facts };
  const tellsCost = exchange.tellsCost || asksForCost(extensions);
  const explains = asksForExplanation(extensions);
  const toExecute = { ...asked, document, caller, clientAddress, traceparent, signal, tellsCost, explains };
  const outcome = isSubscription(operation)
    ? await subscribe(deps, { ...toExecute, resumeAfter, onBegin })
    : await execute(deps, toExecute, takesParts);
  return { results: Symbol.asyncIterator in outcome ? outcome : once(outcome) };
}

async function execute({ engine }: Pick<SubscribeDeps, 'engine'>, request: OperationRequest, takesParts: boolean) {
  if (!takesParts) return engine.execute(request);
  const answer = await engine.executeInParts(request);
  return isIncremental(answer) ? allParts(answer) : answer;
}

async function* once(result: ExecutionResult): AsyncGenerator<ExecutionResult, void, undefined> {
  yield result;
}

const mutationByGet: Refusal = {
  status: 405,
  code: 'BAD_REQUEST',
  message: 'A mutation cannot be asked for with GET. Use POST.',
  headers: { allow: 'POST' },
};
