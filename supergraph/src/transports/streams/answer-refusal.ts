import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, toGraphQLErrors } from '../../guards/refusal.ts';

/** Answers a request that goes no further, as GraphQL over HTTP has it. */
export function answerRefusal(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  request.exchange.operation = { ...request.exchange.operation, errorCodes: [refusal.code] };
  return reply
    .code(refusal.status)
    .headers(refusal.headers)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ errors: toGraphQLErrors(refusal) }));
}
