import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Engine } from '../../engine/engine.ts';
import type { Documents } from '../../guards/documents.ts';
import { deferLabelRule } from '../../guards/defer-label-rule.ts';
import { graphNotReady } from '../../guards/refusal.ts';
import { createAnswerKnown } from './answer-known.ts';
import { createAnswer } from './answer-operation.ts';
import { createApolloGateway, createHostDocuments } from './apollo-gateway.ts';
import type { HostDocuments } from './apollo-gateway.ts';
import { createDeferPlugin } from './defer-plugin.ts';
import { followListeners } from './follow-listeners.ts';
import { noteErrorCodes } from './note-error-codes.ts';
import { createEntrance } from './operation-context.ts';
import type { OperationContext, OperationContextDeps } from './operation-context.ts';
import type { Plugin } from './run-hooks.ts';

export interface GraphqlDeps extends OperationContextDeps {
  readonly engine: Engine;
  readonly documents: Documents;
  readonly log: Log;
}

export interface GraphqlOptions {
  readonly introspection: boolean;
  /** Whether error texts may name what the client did not. */
  readonly suggestions: boolean;
  readonly maxTokens: number;
  /** Plugins of Apollo Server, whose hooks are called for each request in this order. */
  readonly plugins?: readonly Plugin[];
  /** False sends every request through all of Apollo Server. Default true. */
  readonly shortWay?: boolean;
  /** What a browser gets that asks for HTML; no page when it is left out. */
  readonly landingPage?: ((request: FastifyRequest, reply: FastifyReply) => FastifyReply) | undefined;
}

/**
 * Serves GraphQL over HTTP at `/graphql`: GET and POST, queries and mutations, status codes by the specification's draft.
 * Until there is a graph every operation is answered 503 GRAPH_NOT_READY; a new graph is served from the next request on.
 * Apollo Server is the host; an operation whose document is known takes a shorter way with the same outcome.
 * Source: github.com/graphql/graphql-over-http
 */
export async function serveGraphql(
  server: FastifyInstance,
  deps: GraphqlDeps,
  options: GraphqlOptions,
): Promise<{ close(): Promise<void> }> {
  const { plugins = [] } = options;
  const { unexpectedErrorProcessingRequest } = noteErrorCodes(deps.log);
  const listening = plugins.some((plugin) => plugin.requestDidStart)
    ? [...plugins, { unexpectedErrorProcessingRequest }]
    : [];
  const documents = createHostDocuments(deps.engine, deps.documents, { isHeard: listening.length > 0 });
  const apollo = createApollo(deps, options, documents);
  await apollo.start();
  const answerKnown = createAnswerKnown({ ...deps, apollo, plugins: listening });
  const answer = createAnswer(
    { apollo, engine: deps.engine, documents, enter: createEntrance(deps), answerKnown },
    options,
  );
  server.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    errorHandler: answerUnreadable,
    async handler(request, reply) {
      if (options.landingPage && prefersHtml(request)) return options.landingPage(request, reply);
      request.exchange.operation = {};
      reply.header('cache-control', 'no-store');
      if (deps.engine.state.phase === 'waiting') return answerNotReady(request, reply);
      return answer(request, reply);
    },
  });
  return { close: () => apollo.stop() };
}

function createApollo(
  { engine, log }: GraphqlDeps,
  options: GraphqlOptions,
  documents: HostDocuments,
): ApolloServer<OperationContext> {
  const listeners = followListeners(options.plugins ?? []);
  return new ApolloServer<OperationContext>({
    gateway: createApolloGateway(engine),
    documentStore: documents.store,
    introspection: options.introspection,
    hideSchemaDetailsFromClientErrors: !options.suggestions,
    parseOptions: { maxTokens: options.maxTokens },
    includeStacktraceInErrorResponses: false,
    validationRules: [deferLabelRule],
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    logger: log,
    stringifyResult: (result) => JSON.stringify(result),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ...listeners.plugins,
      createDeferPlugin(engine, listeners),
      noteErrorCodes(log),
    ],
  });
}

function prefersHtml({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && /^\s*(text\/html|application\/xhtml\+xml)/i.test(headers.accept ?? '');
}

function answerNotReady(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, message, headers } = graphNotReady;
  return answerError(request, reply.headers(headers), { status, code, message });
}

/** A body that is no JSON, too large or of another type: the answer is GraphQL's, not problem+json. */
function answerUnreadable(
  error: FastifyError | CodedError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = error instanceof CodedError ? error.httpStatus : (error.statusCode ?? 500);
  if (status >= 500) throw error;
  request.exchange.operation ??= {};
  return answerError(request, reply, { status, code: 'BAD_REQUEST', message: error.message });
}

function answerError(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, code, message }: { status: number; code: string; message: string },
): FastifyReply {
  request.exchange.operation = { ...request.exchange.operation, errorCodes: [code] };
  const type = /application\/graphql-response\+json/i.test(request.headers.accept ?? '')
    ? 'application/graphql-response+json'
    : 'application/json';
  return reply
    .code(status)
    .type(`${type}; charset=utf-8`)
    .send(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}
