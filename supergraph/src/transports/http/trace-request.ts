import type { Span, Tracer } from '@storefront/platform/telemetry/tracer.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Exchange } from './exchange.ts';

const untraced: ReadonlySet<string | undefined> = new Set(['/health', '/ready', '/metrics']);

/**
 * Starts the span of a request; null for those that ask for health. The path is told as the route alone, since paths and queries
 * hold what people sent. Source: opentelemetry.io/docs/specs/semconv/http/http-spans
 */
export function startRequest(tracer: Tracer, { method, headers, protocol, routeOptions }: FastifyRequest): Span | null {
  const { url: route } = routeOptions;
  if (untraced.has(route)) return null;
  const { traceparent } = headers;
  return tracer.start(route ? `${method} ${route}` : method, {
    kind: 'server',
    parent: typeof traceparent === 'string' ? traceparent : undefined,
    isRemote: true,
    attributes: { 'http.request.method': method, 'http.route': route, 'url.scheme': protocol },
  });
}

/** Ends it with what became of the request. */
export function endRequest(span: Span, { operation }: Pick<Exchange, 'operation'>, { raw }: FastifyReply): void {
  const { statusCode, writableFinished } = raw;
  span.set({
    'http.response.status_code': statusCode,
    'graphql.operation.name': operation?.operationName,
    'graphql.operation.type': operation?.operationType,
    'storefront.error_codes': operation?.errorCodes?.length ? operation.errorCodes : undefined,
  });
  if (!writableFinished) span.fail('aborted');
  else if (statusCode >= 500) span.fail(String(statusCode));
  span.end();
}
