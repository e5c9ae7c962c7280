import type { Caller } from '@storefront/platform/identity/caller.ts';
import { traceIdOf } from '@storefront/platform/telemetry/trace-context.ts';
import type { SocketOperation } from '../websocket/socket-session.ts';

/** What the log tells of an operation; each fact is written down when it is known. */
export interface OperationFacts {
  operationName?: string | undefined;
  operationType?: string | undefined;
  caller?: Caller | undefined;
  errorCodes?: readonly string[] | undefined;
  /** The REST route, for example `GET /users/:id`. */
  route?: string | undefined;
}

/** The part of an operation's log line that every transport has. */
export function describeOperation(
  { operationName, operationType, caller, errorCodes = [] }: OperationFacts,
  { traceparent, ms }: { readonly traceparent: string; readonly ms: number },
) {
  return {
    traceId: traceIdOf(traceparent),
    operationName: operationName ?? null,
    operationType: operationType ?? null,
    caller: caller?.kind === 'user' ? caller.userId : 'anonymous',
    ms: Math.round(ms * 10) / 10,
    errorCodes: errorCodes.length > 1 ? [...new Set(errorCodes)] : errorCodes,
  };
}

/** The log line of an operation on a websocket, written when it has ended or was refused. */
export function describeSocketOperation({ results, ...operation }: SocketOperation) {
  const outcome = operation.errorCodes.length > 0 ? 'errors' : 'ok';
  return { transport: 'websocket', ...describeOperation(operation, operation), results, outcome };
}
