import type { SubgraphClient } from '../subgraphs/client.ts';

/** What one fetch came to, for statistics. */
export interface FetchOutcome {
  readonly subgraph: string;
  readonly ms: number;
  readonly isOk: boolean;
}

/** The same client; `onFetch` is told of each fetch that has ended. */
export function watchFetches(client: SubgraphClient, onFetch: (outcome: FetchOutcome) => void): SubgraphClient {
  return {
    async send(request) {
      const startedAt = performance.now();
      let isOk = false;
      try {
        const answer = await client.send(request);
        isOk = answer.status < 400;
        return answer;
      } finally {
        onFetch({ subgraph: request.subgraph, ms: performance.now() - startedAt, isOk });
      }
    },
    close: () => client.close(),
  };
}
