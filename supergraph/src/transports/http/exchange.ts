import { randomUUID } from 'node:crypto';
import type { Log } from '@storefront/platform/log/log.ts';
import { childTraceparent, readTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readClientAddress } from '../../guards/client-address.ts';
import { describeOperation } from './operation-line.ts';
import type { OperationFacts } from './operation-line.ts';

/** One request and its answer, as every HTTP transport needs to know them. */
export interface Exchange {
  readonly requestId: string;
  readonly traceparent: string;
  readonly clientAddress: string;
  /** Aborted when the client leaves before it has its answer. */
  readonly signal: AbortSignal;
  /** Set by the transport that executes an operation; the exchange is logged only then. */
  operation?: OperationFacts;
}

declare module 'fastify' {
  interface FastifyRequest {
    exchange: Exchange;
  }
}

export interface ExchangeOptions {
  /** How many proxies in front append to `x-forwarded-for`. */
  readonly trustedProxyHops: number;
}

/**
 * Gives each request of the server an `exchange`, answers with `x-request-id` and `traceparent`, and logs one line per
 * operation when its answer is out or its client has left: ids, operation, caller, time, outcome, codes; no text that
 * the client sent except the name of an operation that exists.
 */
export function followExchanges(server: FastifyInstance, log: Log, { trustedProxyHops }: ExchangeOptions): void {
  server.decorateRequest('exchange');
  server.addHook('onRequest', async (request, reply) => {
    const startedAt = performance.now();
    const gone = new AbortController();
    request.exchange = {
      requestId: readRequestId(request),
      traceparent: childTraceparent(readTraceparent(request.headers.traceparent)),
      clientAddress: readClientAddress(request.headers, request.socket.remoteAddress, trustedProxyHops),
      signal: gone.signal,
    };
    reply.headers({ 'x-request-id': request.exchange.requestId, traceparent: request.exchange.traceparent });
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) gone.abort(new Error('the client has left'));
      if (request.exchange.operation && log.isLevelEnabled('info'))
        log.info(describe(request, reply, performance.now() - startedAt), 'operation');
    });
  });
}

function readRequestId({ headers }: FastifyRequest): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

function describe({ exchange }: FastifyRequest, reply: FastifyReply, ms: number) {
  const { errorCodes = [], route, ...facts } = exchange.operation ?? {};
  const status = reply.raw.statusCode;
  return {
    requestId: exchange.requestId,
    ...(route ? { route } : {}),
    ...describeOperation({ ...facts, traceparent: exchange.traceparent, ms, errorCodes }),
    status,
    outcome: outcomeOf(exchange.signal.aborted, status, errorCodes),
  };
}

function outcomeOf(hasLeft: boolean, status: number, errorCodes: readonly string[]): string {
  if (hasLeft) return 'aborted';
  if (status >= 500) return 'failed';
  if (status >= 400) return 'refused';
  return errorCodes.length > 0 ? 'errors' : 'ok';
}
