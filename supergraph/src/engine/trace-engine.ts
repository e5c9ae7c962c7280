import type { Span, Tracer } from '@storefront/platform/telemetry/tracer.ts';
import { type ExecutionResult, getOperationAST } from 'graphql';
import { codesOf } from '../guards/error-codes.ts';
import { type IncrementalResult, isIncremental } from './defer/incremental-result.ts';
import type { Engine, OperationRequest } from './engine.ts';

/**
 * The same engine, with a span for each operation: from coercion to the finished answer, or to the first part of one that comes
 * in parts. What it plans and fetches stands below. Names and types are those of valid documents, never what a client made up.
 */
export function traceEngine(engine: Engine, tracer: Tracer): Engine {
  const follow = async <Request extends OperationRequest, Result extends ExecutionResult | IncrementalResult>(
    request: Request,
    execute: (request: Request) => Promise<Result>,
  ): Promise<Result> => {
    const span = startOperation(tracer, request);
    try {
      const result = await tracer.within(span, () => execute({ ...request, traceparent: span.traceparent }));
      tellOutcome(span, result);
      return result;
    } finally {
      span.end();
    }
  };
  return {
    get state() {
      return engine.state;
    },
    get fault() {
      return engine.fault;
    },
    figures: engine.figures,
    onGraph: (listener) => engine.onGraph(listener),
    execute: (request) => follow(request, (inner) => engine.execute(inner)),
    executeInParts: (request) => follow(request, (inner) => engine.executeInParts(inner)),
    executeEvent: (request) => follow(request, (inner) => engine.executeEvent(inner)),
    explain: (request, options) => engine.explain(request, options),
    isDeferred: (request) => engine.isDeferred(request),
    price: (request) => engine.price(request),
    authorizeSubscription: (request) => engine.authorizeSubscription(request),
    liveField: (...given) => engine.liveField(...given),
    close: () => engine.close(),
  };
}

/** Source: opentelemetry.io/docs/specs/semconv/graphql */
function startOperation(tracer: Tracer, { document, operationName, traceparent }: OperationRequest): Span {
  const operation = getOperationAST(document, operationName);
  const type = operation?.operation ?? 'query';
  const name = operation?.name?.value;
  return tracer.start(name ? `${type} ${name}` : type, {
    parent: traceparent,
    attributes: { 'graphql.operation.type': type, 'graphql.operation.name': name },
  });
}

/** The data of a result are parsed when they are first looked at, so they are not without need. */
function tellOutcome(span: Span, result: ExecutionResult | IncrementalResult): void {
  if (!span.isRecorded) return;
  if (isIncremental(result)) return span.set({ 'storefront.in_parts': true });
  if (!result.errors || result.errors.length === 0) return;
  const codes = [...new Set(codesOf(result.errors))];
  span.set({ 'storefront.error_codes': codes });
  if (result.data === null || result.data === undefined) span.fail(codes[0] ?? 'INTERNAL_SERVER_ERROR');
}
