import { readFileSync } from 'node:fs';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { costField, type ToldCost } from '../../engine/cost/tell-cost.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Admission, Admit } from '../../guards/admit.ts';
import type { Authenticate } from '../../guards/authenticate.ts';
import { codesOf } from '../../guards/error-codes.ts';
import { graphNotReady } from '../../guards/refusal.ts';
import type { Refusal } from '../../guards/refusal.ts';
import '../http/exchange.ts';
import { sayCaching } from '../http/say-caching.ts';
import { problemOfErrors, toProblem } from './problems.ts';
import { parseAnyBodyAsJson } from './read-body.ts';
import { readRequest } from './read-request.ts';
import type { Route, RouteAnswer, RouteRequest } from './route.ts';
import { sendAnswer } from './send-answer.ts';

export interface RestDeps {
  readonly engine: Pick<Engine, 'execute'>;
  readonly authenticate: Authenticate;
  readonly admit: Admit;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Serves the table under /api/v1, and under /api for the clients of the old gateway. Each request executes the route's
 * trusted document through the same guards and the same engine as GraphQL does; no route has a rule of its own. What is read may be kept
 * as long as the graph says; everything else is `no-store`.
 */
export function serveRest(server: FastifyInstance, deps: RestDeps, routes: readonly Route[]): void {
  server.register(async (scope) => {
    parseAnyBodyAsJson(scope);
    for (const route of routes) {
      const source = readOperation(route.operation);
      for (const prefix of ['/api', '/api/v1']) {
        scope.route({
          method: route.method,
          url: `${prefix}${route.path}`,
          async handler(request, reply) {
            reply.header('cache-control', 'no-store');
            return sendAnswer(request, reply, await runRoute(deps, { route, source, request, reply }));
          },
        });
      }
    }
  });
}

function readOperation(name: string): string {
  return readFileSync(new URL(`../../../../schema/operations/${name}.graphql`, import.meta.url), 'utf8');
}

interface Call {
  readonly route: Route;
  readonly source: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function runRoute(deps: RestDeps, call: Call): Promise<RouteAnswer> {
  const { route, source, request, reply } = call;
  const { exchange } = request;
  exchange.operation = { route: `${route.method} ${route.path}` };
  const identity = await deps.authenticate(request.headers.authorization);
  if ('refused' in identity) return refuse(request, identity.refused);
  const { caller } = identity;
  exchange.operation = { ...exchange.operation, caller };
  const read = readVariables(route, request);
  const variables = 'fault' in read ? undefined : read.variables;
  const verdict = await deps.admit({ caller, clientAddress: exchange.clientAddress, source, variables });
  if ('refused' in verdict) return refuse(request, atThisMoment(deps, verdict.refused));
  reply.headers(verdict.headers);
  const { operation } = verdict;
  exchange.operation = {
    ...exchange.operation,
    operationName: operation.name?.value,
    operationType: operation.operation,
  };
  try {
    if ('fault' in read) throw read.fault;
    return await executeRoute(deps, call, { caller, admission: verdict, ...read });
  } catch (fault) {
    if (!(fault instanceof CodedError && fault.expose)) throw fault;
    exchange.operation = { ...exchange.operation, errorCodes: [fault.code] };
    return { problem: toProblem(fault.httpStatus, fault.code, fault.message, fault.extensions) };
  }
}

interface RouteInput {
  readonly routeRequest: RouteRequest;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What the request asks of its document; what is wrong with it is told to those who may call at all. */
function readVariables(route: Route, request: FastifyRequest): RouteInput | { readonly fault: unknown } {
  try {
    const routeRequest = readRequest(route, request);
    return { routeRequest, variables: route.variables(routeRequest) };
  } catch (fault) {
    return { fault };
  }
}

async function executeRoute(
  { engine }: RestDeps,
  { route, source, request, reply }: Call,
  admitted: RouteInput & { caller: Caller; admission: Admission },
): Promise<RouteAnswer> {
  const { exchange } = request;
  const { caller, admission, routeRequest, variables } = admitted;
  const { signal, traceparent, clientAddress, noStore, noCache, tellsCost, caching } = exchange;
  const result = await engine.execute({
    document: admission.document,
    source,
    variables,
    caller,
    signal,
    traceparent,
    clientAddress,
    noStore,
    noCache,
    tellsCost,
    caching,
  });
  const { data, errors = [], extensions } = result;
  if (extensions?.['cost']) reply.header('cost', costField(extensions['cost'] as ToldCost));
  exchange.operation = { ...exchange.operation, errorCodes: codesOf(errors) };
  const answer = data ? route.answer(data, routeRequest) : undefined;
  if (answer && !('problem' in answer) && route.method === 'GET') sayCaching(reply, exchange);
  if (answer) return answer;
  if (errors.length > 0) return problemOfErrors(errors, caller);
  return { problem: toProblem(404, 'NOT_FOUND', 'There is nothing with this id, or nothing that you may see.') };
}

/** A document of our own that is not valid means that the graph has not all of its parts yet. */
function atThisMoment({ log }: RestDeps, refusal: Refusal): Refusal {
  if (!refusal.errors) return refusal;
  log.warn(
    { errors: refusal.errors.map(({ message }) => message) },
    'a REST route does not fit the graph that is served',
  );
  return { ...graphNotReady, message: 'The part of the shop that answers this is not there. Try again shortly.' };
}

function refuse(request: FastifyRequest, refusal: Refusal): RouteAnswer {
  const { status, code, message, headers, extensions } = refusal;
  request.exchange.operation = { ...request.exchange.operation, errorCodes: [code] };
  return { problem: toProblem(status, code, message, extensions), headers };
}
