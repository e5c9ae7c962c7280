import type { IncomingMessage } from 'node:http';
import { type ExecutionArgs, type ExecutionResult, type FormattedExecutionResult, GraphQLError } from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { OperationRequest } from '../../engine/engine.ts';
import type { Admit } from '../../guards/admit.ts';
import type { Authenticate, Identity } from '../../guards/authenticate.ts';
import { toGraphQLErrors } from '../../guards/refusal.ts';
import type { SubscribeDeps } from '../../live/subscribe.ts';
import { subscribe } from '../../live/subscribe.ts';

/** What the protocol needs besides the way of a subscription: the guards that stand before every transport. */
export interface ProtocolDeps extends SubscribeDeps {
  readonly authenticate: Authenticate;
  readonly admit: Admit;
  readonly clientAddress: (request: IncomingMessage) => string;
  /** Told of each operation that ended or could not begin. */
  readonly onOperation: (operation: SocketOperation) => void;
  /** How many operations may run at once on one socket. Default 20. */
  readonly maxOperations?: number;
}

/** One operation of a socket, for the log. */
export interface SocketOperation {
  readonly request: Pick<OperationRequest, 'caller' | 'operationName' | 'traceparent'>;
  readonly startedAt: number;
  readonly errors: readonly GraphQLError[];
}

/** What is known of a socket: who connected, and how to end each running operation. */
export interface SocketExtra {
  readonly identity: Identity;
  readonly expiry: NodeJS.Timeout | undefined;
  readonly running: Map<string, AbortController>;
}

type Options = ServerOptions<Record<string, unknown>, Extra & Partial<SocketExtra>>;

const unauthorized = 4401;

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
    onNext: (_context, _id, _payload, _args, result) => format(result),
    onComplete: ({ extra }, id) => endOperation(extra, id),
    onError: ({ extra }, id, _payload, errors) => {
      endOperation(extra, id);
      return errors.map((error) => error.toJSON());
    },
    onClose: ({ extra }) => {
      clearTimeout(extra.expiry);
      for (const end of extra.running?.values() ?? []) end.abort();
    },
  };
}

function openSocket(identity: Identity, { socket }: Extra): SocketExtra {
  const { expiresAt } = identity;
  const expire = () => socket.close(unauthorized, 'The access token has expired.');
  const expiry = expiresAt && setTimeout(expire, Math.max(0, expiresAt.getTime() - Date.now())).unref();
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
  const end = new AbortController();
  extra.running.set(id, end);
  const admission = await deps.admit({ caller, clientAddress, source: payload.query, operationName });
  const traceparent = newTraceparent();
  if ('refused' in admission) {
    const errors = toGraphQLErrors(admission.refused);
    deps.onOperation({ request: { caller, operationName, traceparent }, startedAt: Date.now(), errors });
    return errors;
  }
  const { document, graph } = admission;
  const variables = payload.variables ?? undefined;
  const { signal } = end;
  const request: OperationRequest = {
    document,
    source: payload.query,
    operationName,
    variables,
    caller,
    signal,
    traceparent,
    clientAddress,
  };
  deps.onOperation({ request, startedAt: Date.now(), errors: [] });
  return { schema: graph.schema, document, operationName, variableValues: variables, contextValue: request };
}

function endOperation(extra: Partial<SocketExtra>, id: string): void {
  extra.running?.get(id)?.abort();
  extra.running?.delete(id);
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
