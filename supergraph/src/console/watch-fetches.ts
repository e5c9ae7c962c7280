import { traceIdOf } from '@storefront/platform/telemetry/trace-context.ts';
import type { SubgraphClient, SubgraphSend } from '../subgraphs/client.ts';

/** One fetch of an operation, as it went. Times are in milliseconds since the watch began. */
export interface WatchedFetch {
  readonly subgraph: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: 'ok' | 'refused' | 'failed';
  /** Why it failed; null when it did not. */
  readonly fault: string | null;
  /** The GraphQL text that was sent. */
  readonly query: string;
  /** How many entities it asked for; 0 for a root field. */
  readonly entities: number;
}

/** A watch on the fetches of one trace. */
export interface FetchWatch {
  /** Ends it and returns the fetches in the order in which they began. */
  end(): readonly WatchedFetch[];
}

/** What one fetch came to, for statistics. */
export interface FetchOutcome {
  readonly subgraph: string;
  readonly ms: number;
  readonly isOk: boolean;
}

/** A client that can be watched: all fetches for statistics, those of one trace with their texts. */
export interface WatchedClient {
  readonly client: SubgraphClient;
  watch(traceparent: string): FetchWatch;
}

type Note = (fetch: WatchedFetch) => void;

/** Puts a watch around a client. `onFetch` is told of each fetch that has ended. */
export function watchFetches(client: SubgraphClient, onFetch: (outcome: FetchOutcome) => void): WatchedClient {
  const watched = new Map<string, Note>();
  const noteOf = (request: SubgraphSend): Note | undefined =>
    watched.size === 0 ? undefined : watched.get(traceIdOf(request.traceparent));
  return {
    client: {
      async send(request) {
        const startedAt = performance.now();
        let outcome: WatchedFetch['outcome'] = 'failed';
        let fault: string | null = null;
        try {
          const answer = await client.send(request);
          outcome = answer.status < 400 ? 'ok' : 'refused';
          return answer;
        } catch (error) {
          fault = error instanceof Error ? error.message : String(error);
          throw error;
        } finally {
          const endedAt = performance.now();
          const { subgraph } = request;
          onFetch({ subgraph, ms: endedAt - startedAt, isOk: outcome === 'ok' });
          const described = { subgraph, startMs: startedAt, endMs: endedAt, outcome, fault };
          noteOf(request)?.({ ...described, ...readBody(request.body) });
        }
      },
      close: () => client.close(),
    },
    watch(traceparent) {
      const begunAt = performance.now();
      const traceId = traceIdOf(traceparent);
      const fetches: WatchedFetch[] = [];
      watched.set(traceId, (fetch) => fetches.push(fetch));
      return {
        end() {
          watched.delete(traceId);
          return fetches
            .map((fetch) => ({ ...fetch, startMs: fetch.startMs - begunAt, endMs: fetch.endMs - begunAt }))
            .toSorted((one, other) => one.startMs - other.startMs);
        },
      };
    },
  };
}

function readBody(body: string): Pick<WatchedFetch, 'query' | 'entities'> {
  const { query, variables } = JSON.parse(body) as { query: string; variables?: { representations?: unknown[] } };
  const representations = Object.values(variables ?? {}).find(Array.isArray);
  return { query, entities: query.includes('_entities') ? (representations?.length ?? 0) : 0 };
}
