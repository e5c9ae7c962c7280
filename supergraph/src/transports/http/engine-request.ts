import { asksForCache } from '../../cache/tell-caching.ts';
import { asksForCost } from '../../engine/cost/tell-cost.ts';
import { asksForExplanation } from '../../engine/explain/explanation.ts';
import type { OperationRequest } from '../../engine/engine.ts';
import type { OperationContext } from './operation-context.ts';

/** An operation as its request named it. */
export interface NamedOperation extends Pick<OperationRequest, 'document' | 'source' | 'operationName' | 'variables'> {
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/** The same for the engine, whichever way it comes: with who asks, and with what the exchange and its `extensions` want told. */
export function toEngineRequest(
  { caller, exchange }: OperationContext,
  { document, source, operationName, variables, extensions }: NamedOperation,
): OperationRequest {
  return {
    document,
    source,
    operationName,
    variables,
    caller,
    signal: exchange.signal,
    traceparent: exchange.traceparent,
    clientAddress: exchange.clientAddress,
    noStore: exchange.noStore,
    noCache: exchange.noCache,
    caching: exchange.caching,
    tellsCache: exchange.tellsCache || asksForCache(extensions),
    tellsCost: exchange.tellsCost || asksForCost(extensions),
    explains: asksForExplanation(extensions),
  };
}
