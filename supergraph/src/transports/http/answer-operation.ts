import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';
import type { Engine } from '../../engine/engine.ts';
import { codesOf } from '../../guards/error-codes.ts';
import type { AnswerKnown, Known } from './answer-known.ts';
import type { HostDocuments } from './apollo-gateway.ts';
import { createMediaTypeChoice } from './media-type.ts';
import type { Enter, Entered, OperationContext } from './operation-context.ts';
import { readOperation } from './read-operation.ts';
import { sayCaching } from './say-caching.ts';

export interface AnswerDeps {
  readonly apollo: ApolloServer<OperationContext>;
  readonly engine: Pick<Engine, 'isDeferred'>;
  readonly documents: Pick<HostDocuments, 'isKnown'>;
  readonly enter: Enter;
  readonly answerKnown: AnswerKnown;
}

/**
 * Creates what answers one request. A sound POST with a document that needs no reading takes the short way; all else, whatever
 * the guards refuse included, is answered by Apollo Server. The guards are asked once, and never before Apollo's check for
 * requests that a foreign page may have sent.
 */
export function createAnswer(
  { apollo, engine, documents, enter, answerKnown }: AnswerDeps,
  { shortWay = true }: { readonly shortWay?: boolean | undefined },
) {
  const chooseMediaType = createMediaTypeChoice();
  const askApollo = async (request: FastifyRequest, reply: FastifyReply, context: () => Promise<OperationContext>) => {
    const body: unknown = await fastifyApolloHandler(apollo, { context }).call(request.server, request, reply);
    noteRefusal(request, reply, body);
    if (reply.statusCode === 200) sayCaching(reply, request.exchange);
    return body;
  };
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const asked = shortWay ? readOperation(request, chooseMediaType) : null;
    if (!asked) return askApollo(request, reply, async () => (await enter(request, reply)).context);
    let entered: Entered;
    try {
      entered = await enter(request, reply);
    } catch (refusal) {
      return askApollo(request, reply, () => Promise.reject(refusal));
    }
    const { context, admission } = entered;
    const isKnown =
      admission && documents.isKnown(admission.document) && !isDeferred(engine, { asked, admission, context });
    if (!isKnown) return askApollo(request, reply, async () => context);
    return answerKnown(request, reply, { asked, admission, context });
  };
}

/** What is answered in parts goes through Apollo Server, which writes them. */
function isDeferred(engine: Pick<Engine, 'isDeferred'>, { asked, admission, context }: Known): boolean {
  const { query: source, operationName, variables } = asked;
  return engine.isDeferred({ document: admission.document, source, operationName, variables, caller: context.caller });
}

/** Tells the request log what was answered: of what Apollo Server refuses outright no plugin hears. */
function noteRefusal({ exchange: { operation } }: FastifyRequest, { statusCode }: FastifyReply, body: unknown): void {
  if (!operation || statusCode < 400 || typeof body !== 'string') return;
  const { errors } = JSON.parse(body) as FormattedExecutionResult;
  operation.errorCodes = codesOf(errors ?? []);
}
