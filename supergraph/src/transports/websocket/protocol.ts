import { type ExecutionResult, type FormattedExecutionResult, GraphQLError } from 'graphql';
import { CloseCode, type ServerOptions } from 'graphql-ws';
import { allParts, errorsOf, isIncremental } from '../../engine/defer/incremental-result.ts';
import type { Engine, OperationRequest } from '../../engine/engine.ts';
import type { Authenticate } from '../../guards/authenticate.ts';
import type { WatchLifetime } from '../../guards/lifetimes.ts';
import type { Seats } from '../../guards/seats.ts';
import type { SubscribeDeps, SubscriptionRequest } from '../../live/subscribe.ts';
import { subscribe } from '../../live/subscribe.ts';
import { type SessionDeps, SocketSession } from './socket-session.ts';

/** What the protocol needs besides the way of a subscription: the guards that stand before every transport. */
export interface ProtocolDeps extends SubscribeDeps, SessionDeps {
  readonly authenticate: Authenticate;
  readonly watchLifetime: WatchLifetime;
  readonly seats: Seats;
  /** How many operations may run at once on one socket. Default 20. */
  readonly maxOperations?: number;
}

/** What is known of a socket. */
export interface SocketExtra {
  readonly clientAddress: string;
  /** The header of the upgrade, until the socket is let in. */
  authorization: string | undefined;
  close(code: number, reason: string): void;
  /** There since the socket was let in. */
  session?: SocketSession;
}

/** Why a socket is closed, besides the codes of the protocol. All but `tooManySockets` say: connect again. */
export const closeCodes = {
  /** The token does not hold, or holds no more: connect again with a good one. */
  renew: CloseCode.Forbidden,
  /** One user's sockets are too many. */
  tooManySockets: CloseCode.TooManyInitialisationRequests,
  /** The server shuts down. Source: RFC 6455, 7.4.1 */
  goingAway: 1001,
  /** The reader is too slow, or the server cannot decide now. Source: iana.org/assignments/websocket */
  tryAgainLater: 1013,
} as const;

/**
 * The callbacks of graphql-ws, over the guards and the engine that every transport shares. A token that does not hold closes
 * the socket with 4403, and so does its end: connect again with a good one, with `after` for what happened meanwhile. Faults of
 * an operation are its `error` message; the socket stays open.
 */
export function createProtocol(deps: ProtocolDeps): ServerOptions<Record<string, unknown>, SocketExtra> {
  return {
    onConnect: async (context) => {
      const { connectionParams, extra } = context;
      const authorization = readAuthorization(connectionParams) ?? extra.authorization;
      // Nobody reads it again, and ten thousand tokens are megabytes.
      delete (context as { connectionParams?: object }).connectionParams;
      extra.authorization = undefined;
      const refusal = await openSession(deps, extra, authorization);
      if (refusal === null) return greet(deps);
      extra.close(refusal.code, refusal.reason);
      return false;
    },
    onSubscribe: async ({ extra: { session } }, id, payload) => {
      if (!session) return [new GraphQLError('Say connection_init first.')];
      if (session.size >= (deps.maxOperations ?? 20)) return [tooMany];
      return session.begin(id, payload);
    },
    execute: ({ contextValue }) => executeOn(deps.engine, contextValue as OperationRequest),
    subscribe: ({ contextValue }) => subscribe(deps, contextValue as SubscriptionRequest),
    onNext: ({ extra }, id, _payload, _args, result) => {
      extra.session?.noteResult(id, errorsOf(result));
      return format(result);
    },
    onError: ({ extra }, id, _payload, errors) => {
      extra.session?.noteErrors(id, errors);
      extra.session?.finish(id);
      return errors.map((error) => error.toJSON());
    },
    onComplete: ({ extra }, id) => extra.session?.finish(id),
    onClose: ({ extra }) => extra.session?.close(),
  };
}

/** Tells who has seen no event yet where to go on after a cut; nothing while Redis is away. */
async function greet({ store }: ProtocolDeps): Promise<true | { cursor: string }> {
  const cursor = await store.now().catch(() => null);
  return cursor === null || { cursor };
}

interface Refused {
  readonly code: number;
  readonly reason: string;
}

async function openSession(
  deps: ProtocolDeps,
  extra: SocketExtra,
  authorization: string | undefined,
): Promise<Refused | null> {
  const identity = await deps.authenticate(authorization);
  if ('refused' in identity) {
    const { status, message } = identity.refused;
    return { code: status === 401 ? closeCodes.renew : closeCodes.tryAgainLater, reason: message };
  }
  const leave = deps.seats.take('socket', identity, extra.clientAddress);
  if (!leave) return { code: closeCodes.tooManySockets, reason: 'Too many sockets: close one first.' };
  const lifetime = deps.watchLifetime(identity);
  extra.session = new SocketSession(deps, { lifetime, clientAddress: extra.clientAddress, leave });
  const { signal } = lifetime;
  const end = () => extra.close(closeCodes.renew, (signal.reason as Error).message);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end);
  return null;
}

/**
 * Answers a `ping`. One whose payload has an `authorization` renews the socket's token: everything goes on as it was. A token
 * that does not hold, of somebody else, or with other rights closes the socket.
 */
export async function answerPing(
  deps: Pick<ProtocolDeps, 'authenticate'>,
  { session, close }: SocketExtra,
  payload: Readonly<Record<string, unknown>> | undefined,
): Promise<Record<string, unknown> | undefined> {
  const authorization = readAuthorization(payload);
  if (!session || authorization === undefined) return payload;
  const identity = await deps.authenticate(authorization);
  if ('refused' in identity) {
    close(closeCodes.renew, identity.refused.message);
  } else if (session.lifetime.renew(identity)) {
    return { renewed: true, expiresAt: identity.expiresAt?.toISOString() ?? null };
  } else {
    close(closeCodes.renew, 'The token is of somebody else, or has other rights: connect anew with it.');
  }
  return undefined;
}

/** What is there and is no text is no token either: it must not be taken for nothing. */
function readAuthorization(parameters: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const given = parameters?.['authorization'] ?? parameters?.['Authorization'] ?? undefined;
  if (given === undefined || given === '') return undefined;
  return typeof given === 'string' ? given : 'not a text';
}

/** An answer in parts is several messages, as `next` may come more than once. */
async function executeOn(engine: Pick<Engine, 'executeInParts'>, request: OperationRequest): Promise<OperationResult> {
  const answer = await engine.executeInParts(request);
  return isIncremental(answer) ? (allParts(answer) as AsyncGenerator<ExecutionResult>) : answer;
}

type OperationResult = ExecutionResult | AsyncGenerator<ExecutionResult>;

function format(result: ExecutionResult & { readonly hasNext?: boolean }): FormattedExecutionResult {
  const { errors, data, extensions, hasNext } = result;
  // The parts of an answer are formatted by their own toJSON.
  if (hasNext !== undefined) return result as FormattedExecutionResult;
  return {
    ...(errors ? { errors: errors.map((error) => error.toJSON()) } : {}),
    ...(data === undefined ? {} : { data }),
    ...(extensions ? { extensions } : {}),
  };
}

const tooMany = new GraphQLError('Too many operations on this socket. Complete one first, or open another socket.', {
  extensions: { code: 'TOO_MANY_OPERATIONS' },
});
