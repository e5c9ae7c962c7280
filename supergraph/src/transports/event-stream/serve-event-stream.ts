import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { divert } from '../streams/divert.ts';
import { answerDistinct, type EventStreamDeps } from './distinct-stream.ts';
import { createSingleConnection, readToken, type SingleConnectionOptions } from './single-connection.ts';

/**
 * Serves operations as server-sent events: each on a stream of its own at `/graphql`, by its `Accept`, and at
 * `/graphql/stream`; or many on one stream at `/graphql/stream`. Call it before `/graphql` has its route.
 */
export function serveEventStream(
  server: FastifyInstance,
  deps: EventStreamDeps,
  options: SingleConnectionOptions,
): void {
  const single = createSingleConnection(deps, options);
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    request.exchange.operation = {};
    return readToken(request) ? single.read(request, reply) : answerDistinct(deps, { request, reply }, options);
  };
  divert(server, '/graphql', { takes: acceptsEvents, answer });
  server.route({
    method: ['GET', 'POST', 'PUT', 'DELETE'],
    url: '/graphql/stream',
    async handler(request, reply) {
      reply.header('cache-control', 'no-store');
      if (acceptsEvents(request)) await answer(request, reply);
      else if (request.method === 'PUT') await single.reserve(request, reply);
      else if (request.method === 'DELETE') await single.stop(request, reply);
      else await single.execute(request, reply);
      return reply;
    },
  });
}

function acceptsEvents({ method, headers }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'POST') && /\btext\/event-stream\b/i.test(headers.accept ?? '');
}
