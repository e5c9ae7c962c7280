import { randomUUID } from 'node:crypto';
import { createEntryWriter } from '@storefront/platform/log/entry-writer.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Span, Tracer } from '@storefront/platform/telemetry/tracer.ts';
import { childTraceparent, newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EndedOperation } from '../../admin/measure-operations.ts';
import { cacheHeader, type CachingSink } from '../../cache/tell-caching.ts';
import { costHeader } from '../../engine/cost/tell-cost.ts';
import { readClientAddress } from '../../guards/client-address.ts';
import { LeanSignal, type Signal } from '../../subgraphs/signal.ts';
import { endRequest, startRequest } from './trace-request.ts';
import { describeOperation } from './operation-line.ts';
import type { OperationFacts } from './operation-line.ts';

/** One request and its answer, as every HTTP transport needs to know them. */
export interface Exchange {
  readonly requestId: string;
  readonly traceparent: string;
  readonly clientAddress: string;
  /** The client wants to be told what its operation costs. */
  readonly tellsCost: boolean;
  /** The client wants nothing of the answer to be kept. Source: RFC 9111, 5.2.1.5 */
  readonly noStore: boolean;
  /** The client wants everything read anew. Source: RFC 9111, 5.2.1.4 */
  readonly noCache: boolean;
  /** The client wants to be told what the cache had to do with its answer. */
  readonly tellsCache: boolean;
  /** Takes how long the answer may be kept; undefined where nothing is. */
  readonly caching: CachingSink | undefined;
  /** Null where nothing is traced. */
  readonly span: Span | null;
  /** Aborted when the client leaves before it has its answer. Made when it is first asked for. */
  readonly signal: Signal;
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
  /** Whether answers say how long they may be kept. Default false. */
  readonly tellsCaching?: boolean;
  /** Told of each operation when its answer is out or its client has left. */
  readonly onOperation?: (operation: EndedOperation) => void;
  /** Makes a span of each request but those for health. Default: none. */
  readonly tracer?: Tracer | null;
}

/**
 * Gives each request of the server an `exchange`, answers with `x-request-id` and `traceparent`, and logs one line per
 * operation when its answer is out or its client has left: ids, operation, caller, time, outcome, codes; no text that
 * the client sent except the name of an operation that exists.
 */
export function followExchanges(server: FastifyInstance, log: Log, options: ExchangeOptions): void {
  const { tracer = null } = options;
  const write = createEntryWriter(log, 'operation');
  server.decorateRequest('exchange');
  server.addHook('onRequest', (request, reply, done) => {
    const startedAt = performance.now();
    const span = tracer && startRequest(tracer, request);
    const exchange = new OpenExchange(request, options, span);
    request.exchange = exchange;
    reply.header('x-request-id', exchange.requestId).header('traceparent', exchange.traceparent);
    reply.raw.on('close', () => {
      if (!reply.raw.writableFinished) exchange.leave();
      if (span) endRequest(span, exchange, reply);
      if (!exchange.operation) return;
      const ended = describe(exchange, reply.raw.statusCode, performance.now() - startedAt);
      write(ended);
      options.onOperation?.(ended);
    });
    done();
  });
  // After the body was read: what it was read in forgets in whose course it runs.
  if (tracer) {
    server.addHook('preHandler', ({ exchange }, _reply, done) => {
      if (exchange.span) tracer.within(exchange.span, done);
      else done();
    });
  }
}

class OpenExchange implements Exchange {
  readonly requestId: string;
  readonly traceparent: string;
  readonly clientAddress: string;
  readonly noStore: boolean;
  readonly noCache: boolean;
  readonly tellsCost: boolean;
  readonly tellsCache: boolean;
  readonly caching: CachingSink | undefined;
  readonly span: Span | null;
  operation?: OperationFacts;
  hasLeft = false;
  #gone: LeanSignal | undefined;

  constructor(request: FastifyRequest, { tellsCaching, trustedProxyHops }: ExchangeOptions, span: Span | null) {
    const { headers } = request.raw;
    const parent = headers.traceparent;
    this.requestId = readRequestId(headers['x-request-id']);
    this.span = span;
    this.traceparent = span?.traceparent ?? (typeof parent === 'string' ? childTraceparent(parent) : newTraceparent());
    const caching = headers['cache-control'] ?? '';
    this.noStore = /\bno-store\b/i.test(caching);
    this.noCache = /\bno-cache\b/i.test(caching);
    this.caching = tellsCaching ? { cacheReport: null } : undefined;
    this.tellsCache = headers[cacheHeader] === 'true';
    this.tellsCost = headers[costHeader] === 'true';
    this.clientAddress = readClientAddress(headers, request.raw.socket.remoteAddress, trustedProxyHops);
  }

  get signal(): Signal {
    if (!this.#gone) {
      this.#gone = new LeanSignal();
      if (this.hasLeft) this.#abort();
    }
    return this.#gone;
  }

  /** The client has left. */
  leave(): void {
    this.hasLeft = true;
    this.#abort();
  }

  #abort(): void {
    this.#gone?.abort(new Error('the client has left'));
  }
}

function readRequestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

function describe(exchange: OpenExchange, status: number, ms: number) {
  const { requestId, traceparent, operation = {} } = exchange;
  const described = describeOperation(operation, { traceparent, ms });
  const outcome = outcomeOf(exchange.hasLeft, status, described.errorCodes);
  return { requestId, route: operation.route, ...described, status, outcome };
}

function outcomeOf(hasLeft: boolean, status: number, errorCodes: readonly string[]): string {
  if (hasLeft) return 'aborted';
  if (status >= 500) return 'failed';
  if (status >= 400) return 'refused';
  return errorCodes.length > 0 ? 'errors' : 'ok';
}
