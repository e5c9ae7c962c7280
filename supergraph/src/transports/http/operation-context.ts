import { HeaderMap } from '@apollo/server';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { charge, isSubscription } from '../../guards/admit.ts';
import type { Admission, Admit, OperationCall } from '../../guards/admit.ts';
import type { Authenticate } from '../../guards/authenticate.ts';
import type { RateLimiter } from '../../guards/rate-limit.ts';
import { toGraphQLErrors } from '../../guards/refusal.ts';
import type { Refusal } from '../../guards/refusal.ts';
import { readObject } from '../streams/read-call.ts';
import type { Exchange } from './exchange.ts';
import { type ChooseMediaType, createMediaTypeChoice } from './media-type.ts';

/** What the executor needs to know of the request. */
export interface OperationContext {
  readonly caller: Caller;
  readonly exchange: Exchange;
}

export interface OperationContextDeps {
  readonly authenticate: Authenticate;
  readonly admit: Admit;
  readonly limiter: RateLimiter;
}

const faultsThatApolloReports = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

/** An operation that the guards have let in. */
export interface Entered {
  readonly context: OperationContext;
  /** Null when the request has no operation that could be executed: Apollo Server says what is wrong with it. */
  readonly admission: Admission | null;
}

/** Settles who calls and lets the guards decide. @throws GraphQLError with the status and headers of a refusal */
export type Enter = (request: FastifyRequest, reply: FastifyReply) => Promise<Entered>;

/**
 * Creates what stands before each operation. A document with several faults is let through to Apollo Server, which reports all
 * of them where a thrown error could only report one.
 */
export function createEntrance(given: OperationContextDeps): Enter {
  const deps = { ...given, chooseMediaType: createMediaTypeChoice() };
  return async (request, reply) => {
    const { exchange } = request;
    const identity = await deps.authenticate(request.headers.authorization);
    if ('refused' in identity) throw refuse(exchange, identity.refused);
    const { caller } = identity;
    exchange.operation = { ...exchange.operation, caller };
    const admission = await passGuards(deps, { request, reply, caller });
    return { context: { caller, exchange }, admission };
  };
}

interface Passing {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
}

async function passGuards(
  { admit, limiter, chooseMediaType }: OperationContextDeps & { readonly chooseMediaType: ChooseMediaType },
  { request, reply, caller }: Passing,
): Promise<Admission | null> {
  const { exchange } = request;
  const { clientAddress } = exchange;
  const { source, operationName, variables } = readOperationText(request);
  if (source === undefined) {
    const charged = await charge(limiter, { caller, clientAddress }, 1);
    if ('refused' in charged) throw refuse(exchange, charged.refused);
    return null;
  }
  const verdict = await admit({ caller, clientAddress, source, operationName, variables });
  if ('refused' in verdict) {
    reply.headers(verdict.refused.headers);
    if (!faultsThatApolloReports.has(verdict.refused.code)) throw refuse(exchange, verdict.refused);
    return null;
  }
  reply.headers(verdict.headers);
  const { operation } = verdict;
  exchange.operation = {
    ...exchange.operation,
    operationName: operation.name?.value,
    operationType: operation.operation,
  };
  if (!isAcceptable(request.headers.accept, chooseMediaType)) throw refuse(exchange, notAcceptable);
  if (isSubscription(operation) && request.method === 'POST') throw refuse(exchange, subscriptionOverHttp);
  return verdict;
}

/** Apollo Server says so too, but after it has executed the operation. */
const notAcceptable: Refusal = {
  status: 406,
  code: 'BAD_REQUEST',
  message: 'Accept application/json or application/graphql-response+json.',
  headers: {},
};

const subscriptionOverHttp: Refusal = {
  status: 400,
  code: 'SUBSCRIPTION_NEEDS_STREAM',
  message:
    'A subscription needs a stream: accept text/event-stream or multipart/mixed;subscriptionSpec=1.0 here, or open a websocket to this same address with the subprotocol graphql-transport-ws.',
  headers: {},
};

function refuse(exchange: Exchange, refusal: Refusal): GraphQLError {
  exchange.operation = { ...exchange.operation, errorCodes: [refusal.code] };
  const [error] = toGraphQLErrors(refusal);
  const http = { status: refusal.status, headers: new HeaderMap(Object.entries(refusal.headers)) };
  return new GraphQLError(error?.message ?? refusal.message, {
    extensions: { code: refusal.code, ...error?.extensions, http },
  });
}

/** Parts of an answer are chosen by whoever writes them. */
function isAcceptable(accept: string | undefined, choose: ChooseMediaType): boolean {
  return accept === undefined || choose(accept) !== null || /multipart\/mixed/i.test(accept);
}

type OperationText = { source: string | undefined } & Pick<OperationCall, 'operationName' | 'variables'>;

/** The operation as Apollo Server will read it, or nothing when it will refuse the request anyway. */
function readOperationText(request: FastifyRequest): OperationText {
  const isGet = request.method === 'GET';
  const { query, operationName, variables } = Object(isGet ? request.query : request.body) as Record<string, unknown>;
  return {
    variables: readObject(variables, isGet) ?? undefined,
    source: typeof query === 'string' && query !== '' ? query : undefined,
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : undefined,
  };
}
