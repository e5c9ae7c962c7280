import type { ExecutionResult, OperationDefinitionNode } from 'graphql';
import { OperationTypeNode } from 'graphql';
import { allParts, isIncremental } from '../../engine/defer/incremental-result.ts';
import type { OperationRequest } from '../../engine/engine.ts';
import { type Admit, isSubscription } from '../../guards/admit.ts';
import type { Refusal } from '../../guards/refusal.ts';
import { subscribe, type SubscribeDeps } from '../../live/subscribe.ts';

/** An operation that is answered with a stream of results. */
export interface StreamCall extends Omit<OperationRequest, 'document'> {
  /** The cursor that the transport says to go on after. */
  readonly resumeAfter?: string | undefined;
  /** Told of the cursor at which a subscription begins. */
  readonly onBegin?: ((cursor: string) => void) | undefined;
  /** True for a transport whose results may be the parts of an answer. */
  readonly takesParts?: boolean;
  /** True when the method allows no change, as GET does. */
  readonly isReadOnly: boolean;
}

/** The results of an operation, one or many; or why there are none. */
export type OpenedOperation =
  | { readonly refused: Refusal }
  | { readonly operation: OperationDefinitionNode; readonly results: AsyncGenerator<ExecutionResult, void, undefined> };

/**
 * Lets an operation pass the guards and begins it: queries and mutations have one result or, in parts, several; a subscription has
 * one for each event.
 */
export async function openOperation(
  deps: SubscribeDeps & { readonly admit: Admit },
  { resumeAfter, onBegin, isReadOnly, takesParts = false, ...call }: StreamCall,
): Promise<OpenedOperation> {
  const { source, operationName, variables, caller, clientAddress } = call;
  const admission = await deps.admit({ source, operationName, variables, caller, clientAddress });
  if ('refused' in admission) return admission;
  const { document, operation } = admission;
  if (isReadOnly && operation.operation === OperationTypeNode.MUTATION) return { refused: mutationByGet };
  const request = { ...call, document };
  const outcome = isSubscription(operation)
    ? await subscribe(deps, { ...request, resumeAfter, onBegin })
    : await execute(deps, request, takesParts);
  return { operation, results: Symbol.asyncIterator in outcome ? outcome : once(outcome) };
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
