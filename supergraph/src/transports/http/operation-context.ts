import { HeaderMap } from '@apollo/server';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { charge, isSubscription } from '../../guards/admit.ts';
import type { Admit } from '../../guards/admit.ts';
import type { Authenticate } from '../../guards/authenticate.ts';
import type { RateLimiter } from '../../guards/rate-limit.ts';
import { toGraphQLErrors } from '../../guards/refusal.ts';
import type { Refusal } from '../../guards/refusal.ts';
import type { Exchange } from './exchange.ts';

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

/**
 * Creates the function that Apollo Server calls before each operation: it settles who calls and lets the guards decide.
 * A refusal is thrown with its status and headers. A document with several faults goes on to Apollo, which reports all
 * of them where a thrown error could only report one.
 */
export function createOperationContext(deps: OperationContextDeps) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<OperationContext> => {
    const { exchange } = request;
    const identity = await deps.authenticate(request.headers.authorization);
    if ('refused' in identity) throw refuse(exchange, identity.refused);
    const { caller } = identity;
    exchange.operation = { ...exchange.operation, caller };
    await passGuards(deps, { request, reply, caller });
    return { caller, exchange };
  };
}

interface Passing {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
}

async function passGuards(
  { admit, limiter }: OperationContextDeps,
  { request, reply, caller }: Passing,
): Promise<void> {
  const { exchange } = request;
  const { clientAddress } = exchange;
  const { source, operationName } = readOperationText(request);
  if (source === undefined) {
    const charged = await charge(limiter, { caller, clientAddress }, 1);
    if ('refused' in charged) throw refuse(exchange, charged.refused);
    return;
  }
  const verdict = await admit({ caller, clientAddress, source, operationName });
  const refused = 'refused' in verdict ? verdict.refused : undefined;
  reply.headers('refused' in verdict ? verdict.refused.headers : verdict.headers);
  if (refused && !faultsThatApolloReports.has(refused.code)) throw refuse(exchange, refused);
  if (!('operation' in verdict)) return;
  exchange.operation = {
    ...exchange.operation,
    operationName: verdict.operation.name?.value,
    operationType: verdict.operation.operation,
  };
  if (isSubscription(verdict.operation) && request.method === 'POST') throw refuse(exchange, subscriptionOverHttp);
}

const subscriptionOverHttp: Refusal = {
  status: 400,
  code: 'SUBSCRIPTION_NEEDS_STREAM',
  message: 'A subscription goes over a websocket to this same address, with the subprotocol graphql-transport-ws.',
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

/** The text and the name as Apollo Server will read them, or nothing when it will refuse the request anyway. */
function readOperationText(request: FastifyRequest): { source: string | undefined; operationName: string | undefined } {
  const parameters = request.method === 'GET' ? request.query : request.body;
  const { query, operationName } = Object(parameters) as Record<string, unknown>;
  return {
    source: typeof query === 'string' && query !== '' ? query : undefined,
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : undefined,
  };
}
