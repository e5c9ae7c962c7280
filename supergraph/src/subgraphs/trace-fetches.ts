import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import type { Tracer } from '@storefront/platform/telemetry/tracer.ts';
import type { AttemptWatch, SubgraphClient, WatchedAttempt } from './client.ts';

/**
 * Makes a span of each fetch, and below it one of each attempt. A fetch that was shared stands in the trace of the request that sent
 * it; of those that went together as a batch, the attempt stands below the first.
 */
export function traceFetches(client: SubgraphClient, tracer: Tracer): SubgraphClient {
  return {
    async send(request) {
      const { subgraph, purpose, traceparent: parent } = request;
      const attributes = { 'storefront.subgraph': subgraph, 'storefront.purpose': purpose };
      const span = tracer.start(`fetch ${subgraph}`, { parent, attributes });
      const { traceparent } = span;
      const watch = traceAttempts(tracer, traceparent, request.watch);
      try {
        const answer = await client.send({ ...request, traceparent, watch });
        span.set({ 'http.response.status_code': answer.status, 'storefront.answer.bytes': answer.bytes?.length });
        return answer;
      } catch (fault) {
        span.fail(request.signal.aborted ? 'aborted' : fault);
        throw fault;
      } finally {
        span.end();
      }
    },
    close: () => client.close(),
  };
}

/** Source: opentelemetry.io/docs/specs/semconv/http/http-spans */
function traceAttempts(tracer: Tracer, parent: string, other: AttemptWatch | undefined): AttemptWatch {
  return {
    begin(instance) {
      const also = other?.begin(instance);
      const span = tracer.start('POST', { kind: 'client', parent, attributes: describe(instance) });
      const end: WatchedAttempt['end'] = (outcome) => {
        also?.end(outcome);
        if (typeof outcome === 'number') span.set({ 'http.response.status_code': outcome });
        else span.fail(outcome);
        span.end();
      };
      return { traceparent: span.traceparent, end };
    },
  };
}

function describe({ address, port, id }: Instance) {
  return {
    'http.request.method': 'POST',
    'server.address': address,
    'server.port': port,
    'storefront.instance': id,
  };
}
