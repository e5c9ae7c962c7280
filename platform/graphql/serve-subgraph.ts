import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { CodedError } from '../errors/coded-error.ts';
import type { InternalIdentity, VerifyInternalToken } from '../identity/internal-tokens.ts';
import type { Log } from '../log/log.ts';
import { runAsPartOf } from '../process/work.ts';
import { type Metrics, silentMetrics } from '../telemetry/metrics.ts';
import { readTraceparent } from '../telemetry/trace-context.ts';
import type { Tracer } from '../telemetry/tracer.ts';
import { serveBatches } from './batches.ts';
import { Deadline } from './deadline.ts';
import { createDocuments, type PreparedOperation } from './documents.ts';
import { formatErrors } from './format-errors.ts';
import { isAllowedFor } from './purpose.ts';
import { type Answer, challenge, describeRefusal, Refused } from './refusal.ts';
import { createSubgraphSchema, type SubgraphDefinition } from './subgraph-schema.ts';
import { watchAnswers } from './watch-answers.ts';
import { readBody, readDeadlineMs, readEvent, type SubgraphRequest } from './subgraph-request.ts';

export type { EventToResolve, SubgraphRequest } from './subgraph-request.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once the token was found good. */
    identity: InternalIdentity | null;
  }
}

/** What a subgraph is made of. `createContext` is called once per request and must give a new, extensible object. */
export interface SubgraphOptions<Context> extends SubgraphDefinition {
  readonly name: string;
  createContext(request: SubgraphRequest): Context;
  /** Allows `__schema` and `__type`; default false. */
  readonly introspection?: boolean;
  /** The longest that a request may take, whatever `x-deadline-ms` says; default 5,000. */
  readonly maxDurationMs?: number;
  /** Default 1 MiB: lists of entities are longer than what clients send. */
  readonly maxBodyBytes?: number;
}

/** What serving needs from elsewhere. `verify` must accept tokens for this subgraph alone. */
export interface SubgraphDeps {
  readonly log: Log;
  readonly verify: VerifyInternalToken;
  /** Where operations are counted. Default: nowhere. */
  readonly metrics?: Metrics;
  /** Makes a span of each operation. Default: none. */
  readonly tracer?: Tracer | null;
}

/** Answers one operation of somebody whose token is good. */
export type Answerer = (
  identity: InternalIdentity,
  body: unknown,
  at: {
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
    readonly batch?: object;
    /** The span of this operation; without one, the caller's. */
    readonly traceparent?: string;
  },
) => Promise<Answer>;

/**
 * Serves a subgraph at `POST /graphql` to other services of the storefront: each request needs a good internal token (401
 * UNAUTHENTICATED) whose purpose allows the operation (403 FORBIDDEN). A request that cannot be executed is 400 with a
 * code, one that ran out of time 504 DEADLINE_EXCEEDED; what was executed is 200, its errors coded and safe to show.
 * Many requests of different callers may come at once (see batches.ts). The answer to a query says in `Cache-Control` how long the SDL
 * lets it be kept: `no-cache` when it does not, or when there were errors.
 * `sdlHash` changes when the SDL does: the first 16 characters of its SHA-256 in hexadecimal.
 */
export function serveSubgraph<Context>(
  server: FastifyInstance,
  { log, verify, metrics = silentMetrics, tracer = null }: SubgraphDeps,
  options: SubgraphOptions<Context>,
): { schema: GraphQLSchema; sdlHash: string } {
  const schema = createSubgraphSchema(options);
  const answer = watchAnswers(createAnswerer({ log, schema }, options), { metrics, tracer, subgraph: options.name });
  // On the request itself: a WeakMap with an entry for each of many short-lived requests is dear to the garbage collector.
  server.decorateRequest('identity', null);
  const stranger = () =>
    new CodedError('UNAUTHENTICATED', `${options.name} answers only to services of the storefront`);

  server.post('/graphql', {
    bodyLimit: options.maxBodyBytes ?? 1024 * 1024,
    onRequest(request, _reply, done) {
      const admit = (identity: InternalIdentity | null) => {
        if (identity === null) return done(stranger());
        request.identity = identity;
        done();
      };
      const identity = verify(request.headers.authorization);
      // A promise, even a kept one, costs a known token a turn of the queue.
      if (identity instanceof Promise) identity.then(admit, done);
      else admit(identity);
    },
    async handler(request, reply) {
      const { identity } = request;
      if (!identity) throw new CodedError('UNAUTHENTICATED', 'no identity');
      return send(reply, 200, await answer(identity, request.body, { request, reply }));
    },
    errorHandler(error, _request, reply) {
      send(reply, ...describeRefusal(error, log));
    },
  });
  serveBatches(server, { log, verify, answer });
  const sdlHash = createHash('sha256').update(options.sdl).digest('hex').slice(0, 16);
  return { schema, sdlHash };
}

function createAnswerer<Context>(
  { log, schema }: { log: Log; schema: GraphQLSchema },
  options: SubgraphOptions<Context>,
): Answerer {
  const documents = createDocuments(schema, options);
  const maxDurationMs = options.maxDurationMs ?? 5000;

  return async (identity, body, { request, reply, batch, traceparent: own }) => {
    const { query, operationName, variables, extensions } = readBody(body);
    const prepared = documents.prepare(query);
    if (prepared.phase === 'refused') throw new Refused(prepared.errors.map((error) => error.toJSON()));
    const operation = pickOperation(prepared.operations, operationName);
    if (!isAllowedFor(identity.purpose, operation)) {
      throw new CodedError('FORBIDDEN', `a token with the purpose "${identity.purpose}" does not allow this operation`);
    }
    const event = identity.purpose === 'event' ? { event: readEvent(extensions) } : {};
    const traceparent = own ?? readTraceparent(request.headers.traceparent);
    const deadline = new Deadline(reply.raw, readDeadlineMs(request.headers['x-deadline-ms'], maxDurationMs));
    try {
      const contextValue = options.createContext({
        caller: identity.caller,
        purpose: identity.purpose,
        work: deadline.work,
        traceparent,
        clientAddress: readClientAddress(request),
        ...event,
        ...(batch ? { batch } : {}),
      });
      const running = runAsPartOf(deadline.work, () =>
        operation.execute({ rootValue: event.event, contextValue, variableValues: variables }),
      );
      const result = 'then' in running ? await deadline.outcomeOf(running) : running;
      if (!batch) sayCacheControl(reply, operation, result);
      return toAnswer(result, (err, { path }) =>
        log.error({ err, path, operationName, traceparent }, 'a field failed'),
      );
    } finally {
      deadline.end();
    }
  };
}

/** A batch says nothing: it has answers of many requests, of which nobody keeps any. */
function sayCacheControl(
  reply: FastifyReply,
  { cacheControl }: Pick<PreparedOperation, 'cacheControl'>,
  { errors }: ExecutionResult,
): void {
  if (cacheControl !== null) reply.header('cache-control', errors ? 'no-cache' : cacheControl);
}

function toAnswer({ data, errors }: ExecutionResult, onFault: Parameters<typeof formatErrors>[1]): Answer {
  if (!errors) return { data };
  return data === undefined
    ? { errors: formatErrors(errors, onFault) }
    : { errors: formatErrors(errors, onFault), data };
}

/** Believed, since only services with a good token get this far. */
function readClientAddress({ headers }: FastifyRequest): string | null {
  const address = headers['x-client-address'];
  return typeof address === 'string' && address !== '' ? address : null;
}

function pickOperation<Operation>(operations: ReadonlyMap<string, Operation>, name: string | undefined): Operation {
  const [only, second] = operations.values();
  if (name === undefined && second !== undefined) {
    throw new CodedError(
      'OPERATION_RESOLUTION_FAILURE',
      'the document has several operations: operationName must name one',
    );
  }
  const picked = name === undefined ? only : operations.get(name);
  if (picked === undefined)
    throw new CodedError('OPERATION_RESOLUTION_FAILURE', `there is no operation named "${name ?? ''}"`);
  return picked;
}

function send(reply: FastifyReply, status: number, answer: Answer): FastifyReply {
  if (status === 401) reply.header('www-authenticate', challenge);
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(answer));
}
