import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { sendProblem } from '@storefront/platform/http/problem.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type GraphQLError, OperationTypeNode } from 'graphql';
import type { Engine } from '../engine/engine.ts';
import type { Explanation } from '../engine/explain/explanation.ts';
import type { Admission, Admit } from '../guards/admit.ts';
import type { Authenticate } from '../guards/authenticate.ts';
import { codesOf } from '../guards/error-codes.ts';
import type { Refusal } from '../guards/refusal.ts';
import '../transports/http/exchange.ts';
import { z } from 'zod';

/** What explaining over HTTP works with. */
export interface ServeExplainDeps {
  readonly engine: Pick<Engine, 'explain'>;
  readonly authenticate: Authenticate;
  readonly admit: Admit;
  readonly mayExplain: (caller: Caller) => boolean;
}

const bodyShape = z.strictObject({
  query: z.string().min(1),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  /** Whether it is executed too. Default: a query is. */
  execute: z.boolean().optional(),
});

/**
 * Serves `POST /explain`: how an operation is answered for its caller. A query is executed for it unless `execute` is false; a
 * mutation and a subscription never are. As JSON, with `accept: text/plain` the plan as text, with `accept: image/svg+xml` as a
 * picture. For administrators, and in development for everybody; the guards of operations hold here too. Faults are problem+json.
 */
export function serveExplain(server: FastifyInstance, deps: ServeExplainDeps): void {
  server.post('/explain', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    try {
      return send(request, reply, await explain(deps, request));
    } catch (fault) {
      if (fault instanceof Refused) return refuse(reply, fault.refusal);
      if (!(fault instanceof CodedError && fault.expose)) throw fault;
      const { httpStatus: status, code, message } = fault;
      return refuse(reply, { status, code, message, headers: {} });
    }
  });
}

/** A refusal on its way up. */
class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

async function explain(deps: ServeExplainDeps, request: FastifyRequest) {
  const { exchange } = request;
  const caller = await letIn(deps, request);
  const read = bodyShape.safeParse(request.body);
  if (!read.success) throw new CodedError('BAD_USER_INPUT', `The body is not right: ${z.prettifyError(read.error)}`);
  const { query: source, variables, execute } = read.data;
  const operationName = read.data.operationName ?? undefined;
  const { signal, traceparent, clientAddress } = exchange;
  const verdict = await deps.admit({ caller, clientAddress, source, operationName });
  if ('refused' in verdict) throw new Refused(verdict.refused);
  const { document } = verdict;
  const given = variables ? { variables } : {};
  return deps.engine.explain(
    { document, source, operationName, ...given, caller, signal, traceparent, clientAddress },
    { executes: isExecuted(verdict, execute) },
  );
}

async function letIn({ authenticate, mayExplain }: ServeExplainDeps, request: FastifyRequest): Promise<Caller> {
  const identity = await authenticate(request.headers.authorization);
  if ('refused' in identity) throw new Refused(identity.refused);
  const { caller } = identity;
  if (mayExplain(caller)) return caller;
  if (caller.kind === 'anonymous') throw new CodedError('UNAUTHENTICATED', 'Sign in as an administrator.');
  throw new CodedError('FORBIDDEN', 'Explanations are for administrators.');
}

/** @throws CodedError BAD_USER_INPUT for what would change something */
function isExecuted({ operation }: Admission, execute: boolean | undefined): boolean {
  if (operation.operation === OperationTypeNode.QUERY) return execute ?? true;
  if (execute !== true) return false;
  throw new CodedError(
    'BAD_USER_INPUT',
    `A ${operation.operation} is explained without being executed. To see one at work, send it to /graphql with "extensions": {"explain": true}.`,
  );
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { explanation, result }: Awaited<ReturnType<Engine['explain']>>,
): FastifyReply {
  const { text, picture } = explanation satisfies Explanation;
  const accept = request.headers.accept ?? '';
  if (/^\s*image\/svg\+xml/i.test(accept)) return reply.type('image/svg+xml; charset=utf-8').send(picture);
  if (/^\s*text\/plain/i.test(accept)) return reply.type('text/plain; charset=utf-8').send(`${text}\n`);
  const errorCodes = result && [...new Set(codesOf(result.errors ?? []))];
  return reply.type('application/json; charset=utf-8').send(JSON.stringify({ ...explanation, errorCodes }));
}

function refuse(reply: FastifyReply, { status, code, message, headers, errors }: Refusal): FastifyReply {
  const told = errors?.map((error: GraphQLError) => error.message);
  const extensions = told ? { errors: told } : undefined;
  return sendProblem(reply.headers(headers), { status, code, title: message, extensions });
}
