import type { IncomingMessage } from 'node:http';
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type OperationDefinitionNode,
} from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { OperationRequest } from '../../engine/engine.ts';
import type { Admit } from '../../guards/admit.ts';
import type { Authenticate, Identity } from '../../guards/authenticate.ts';
import { codesOf } from '../../guards/error-codes.ts';
import { toGraphQLErrors } from '../../guards/refusal.ts';
import type { SubscribeDeps } from '../../live/subscribe.ts';
import { subscribe } from '../../live/subscribe.ts';

/** What the protocol needs besides the way of a subscription: the guards that stand before every transport. */
export interface ProtocolDeps extends SubscribeDeps {
  readonly authenticate: Authenticate;
  readonly admit: Admit;
  readonly clientAddress: (request: IncomingMessage) => string;
  /** Told of each operation when it has ended, or could not begin. */
  readonly onOperation: (operation: SocketOperation) => void;
  /** How many operations may run at once on one socket. Default 20. */
  readonly maxOperations?: number;
}

/** One operation of a socket, for the log. `operationName` is one of a good document, so no text of the client's own. */
export interface SocketOperation {
  readonly caller: Caller;
  readonly traceparent: string;
  readonly operationName?: string | undefined;
  readonly operationType?: string | undefined;
  readonly ms: number;
  /** How many results were sent: the events of a subscription. */
  readonly results: number;
  readonly errorCodes: readonly string[];
}

/** An operation under way. */
interface RunningOperation {
  readonly end: AbortController;
  readonly caller: Caller;
  readonly traceparent: string;
  readonly startedAt: number;
  readonly errorCodes: Set<string>;
  operation?: OperationDefinitionNode;
  results: number;
}

/** What is known of a socket: who connected, and how to end each running operation. */
export interface SocketExtra {
  readonly identity: Identity;
  readonly expiry: NodeJS.Timeout | undefined;
  readonly running: Map<string, RunningOperation>;
}

type Options = ServerOptions<Record<string, unknown>, Extra & Partial<SocketExtra>>;

const unauthorized = 4401;
/** setTimeout takes no more. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The callbacks of graphql-ws, over the guards and the engine that every transport shares. A token that does not hold closes
 * the socket with 4401, and so does its expiry: renew it and connect again, with `after` for what happened meanwhile. Faults of
 * an operation are its `error` message; the socket stays open.
 */
export function createProtocol(deps: ProtocolDeps): Options {
  return {
    onConnect: async ({ connectionParams, extra }) => {
      const identity = await deps.authenticate(readAuthorization(connectionParams, extra.request));
      if (!('refused' in identity)) return void Object.assign(extra, openSocket(identity, extra));
      extra.socket.close(unauthorized, identity.refused.message.slice(0, 120));
      return false;
    },
    onSubscribe: async ({ extra }, id, payload) => {
      const { identity, running } = extra;
      if (!identity || !running) return [new GraphQLError('Say connection_init first.')];
      if (running.size >= (deps.maxOperations ?? 20)) return [tooMany];
      return beginOperation(deps, { extra: { identity, running, request: extra.request }, id, payload });
    },
    execute: ({ contextValue }) => deps.engine.execute(contextValue as OperationRequest),
    subscribe: ({ contextValue }) => subscribe(deps, contextValue as OperationRequest),
    onNext: ({ extra }, id, _payload, _args, result) => {
      const operation = extra.running?.get(id);
      if (operation) operation.results += 1;
      noteErrors(operation, result.errors);
      return format(result);
    },
    onError: ({ extra }, id, _payload, errors) => {
      noteErrors(extra.running?.get(id), errors);
      endOperation(deps, extra, id);
      return errors.map((error) => error.toJSON());
    },
    onComplete: ({ extra }, id) => endOperation(deps, extra, id),
    onClose: ({ extra }) => {
      clearTimeout(extra.expiry);
      for (const id of extra.running?.keys() ?? []) endOperation(deps, extra, id);
    },
  };
}

function openSocket(identity: Identity, { socket }: Extra): SocketExtra {
  const { expiresAt } = identity;
  const expire = () => socket.close(unauthorized, 'The access token has expired.');
  const expiry =
    expiresAt && setTimeout(expire, Math.min(longestTimerMs, Math.max(0, expiresAt.getTime() - Date.now()))).unref();
  return { identity, expiry, running: new Map() };
}

interface Begin {
  readonly extra: Pick<SocketExtra, 'identity' | 'running'> & { readonly request: IncomingMessage };
  readonly id: string;
  readonly payload: {
    query: string;
    operationName?: string | null | undefined;
    variables?: Record<string, unknown> | null | undefined;
  };
}

/** Reserves the operation's place before it waits for anything, so that the limit holds for messages that come at once. */
async function beginOperation(
  deps: ProtocolDeps,
  { extra, id, payload }: Begin,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { caller } = extra.identity;
  const clientAddress = deps.clientAddress(extra.request);
  const operationName = payload.operationName ?? undefined;
  const source = payload.query;
  const running = startOperation(caller);
  extra.running.set(id, running);
  const admission = await deps.admit({ caller, clientAddress, source, operationName });
  if ('refused' in admission) return toGraphQLErrors(admission.refused);
  const { document, graph, operation } = admission;
  running.operation = operation;
  const variables = payload.variables ?? undefined;
  const { traceparent, end } = running;
  const contextValue: OperationRequest = {
    document,
    source,
    operationName,
    variables,
    caller,
    traceparent,
    clientAddress,
    signal: end.signal,
  };
  return { schema: graph.schema, document, operationName, variableValues: variables, contextValue };
}

function startOperation(caller: Caller): RunningOperation {
  const end = new AbortController();
  const startedAt = performance.now();
  return { end, caller, traceparent: newTraceparent(), startedAt, errorCodes: new Set(), results: 0 };
}

function noteErrors(operation: RunningOperation | undefined, errors: readonly GraphQLError[] | undefined): void {
  for (const code of codesOf(errors ?? [])) operation?.errorCodes.add(code);
}

function endOperation(deps: ProtocolDeps, { running }: Partial<SocketExtra>, id: string): void {
  const ended = running?.get(id);
  if (!ended) return;
  running?.delete(id);
  ended.end.abort();
  const { caller, traceparent, startedAt, operation, results, errorCodes } = ended;
  deps.onOperation({
    caller,
    traceparent,
    results,
    operationName: operation?.name?.value,
    operationType: operation?.operation,
    ms: performance.now() - startedAt,
    errorCodes: [...errorCodes],
  });
}

function readAuthorization(
  parameters: Readonly<Record<string, unknown>> | undefined,
  request: IncomingMessage,
): string | undefined {
  const given = parameters?.['authorization'] ?? parameters?.['Authorization'];
  return typeof given === 'string' && given !== '' ? given : request.headers.authorization;
}

function format(result: ExecutionResult): FormattedExecutionResult {
  const { errors, ...rest } = result;
  return errors ? { ...rest, errors: errors.map((error) => error.toJSON()) } : rest;
}

const tooMany = new GraphQLError('Too many operations on this socket. Complete one first, or open another socket.', {
  extensions: { code: 'TOO_MANY_OPERATIONS' },
});
