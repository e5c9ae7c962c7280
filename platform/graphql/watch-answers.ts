import type { FastifyRequest } from 'fastify';
import { createBoundedNames } from '../telemetry/bounded-names.ts';
import { usualSeconds } from '../telemetry/durations.ts';
import { type Metrics, silentMetrics } from '../telemetry/metrics.ts';
import type { Tracer } from '../telemetry/tracer.ts';
import type { Answerer } from './serve-subgraph.ts';

const maxNames = 100;

/** The same answers, with what is wanted to be known of each: nothing is put around them when that is nothing. */
export function watchAnswers(
  answer: Answerer,
  {
    metrics,
    tracer,
    subgraph,
  }: { readonly metrics: Metrics; readonly tracer: Tracer | null; readonly subgraph: string },
): Answerer {
  const measured = metrics === silentMetrics ? answer : measureAnswers(answer, metrics);
  return tracer ? traceAnswers(measured, tracer, subgraph) : measured;
}

/** Counts and times them by the operation that the gateway names. */
function measureAnswers(answer: Answerer, metrics: Metrics): Answerer {
  const nameOf = createBoundedNames(maxNames);
  const took = metrics.histogram(
    {
      name: 'graphql_operation_seconds',
      help: 'How long operations took, by how they ended: ok, errors, failed.',
      labels: ['operation', 'type', 'outcome'],
    },
    usualSeconds,
  );
  return async (identity, body, at) => {
    const startedAt = performance.now();
    let outcome = 'failed';
    try {
      const given = await answer(identity, body, at);
      outcome = given.errors ? 'errors' : 'ok';
      return given;
    } finally {
      const { name, type } = readOperation(body);
      took.observe((performance.now() - startedAt) / 1_000, { operation: nameOf(name), type, outcome });
    }
  };
}

/** Makes a span of each, under that of the caller. Its course is what resolvers, statements and commands run in. */
function traceAnswers(answer: Answerer, tracer: Tracer, subgraph: string): Answerer {
  return async (identity, body, at) => {
    const { name, type } = readOperation(body);
    const span = tracer.start(name ? `${type} ${name}` : type, {
      kind: 'server',
      parent: parentOf(at.request),
      isRemote: true,
      attributes: {
        'http.request.method': 'POST',
        'http.route': at.request.routeOptions.url,
        'graphql.operation.name': name,
        'graphql.operation.type': type,
        'storefront.subgraph': subgraph,
        'storefront.purpose': identity.purpose,
      },
    });
    try {
      const { traceparent } = span;
      const given = await tracer.within(span, () => answer(identity, body, { ...at, traceparent }));
      if (given.errors) span.set({ 'storefront.error_codes': [...new Set(given.errors.map(codeOf))] });
      return given;
    } catch (fault) {
      span.fail(fault);
      throw fault;
    } finally {
      span.end();
    }
  };
}

function codeOf({ extensions }: { readonly extensions?: Readonly<Record<string, unknown>> | undefined }): string {
  const code = extensions?.['code'];
  return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
}

function parentOf({ headers: { traceparent } }: FastifyRequest): string | undefined {
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** The gateway writes documents of one operation, its type first. */
function readOperation(body: unknown): { readonly name: string | undefined; readonly type: string } {
  const { query, operationName } = Object(body) as Record<string, unknown>;
  const [type = 'query'] = /^\s*(query|mutation|subscription)\b/.exec(typeof query === 'string' ? query : '') ?? [];
  return { name: typeof operationName === 'string' ? operationName : undefined, type: type.trim() };
}
