import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Purpose } from '@storefront/platform/identity/internal-tokens.ts';

/** One GraphQL request to a subgraph. */
export interface SubgraphSend {
  readonly subgraph: string;
  /** The GraphQL request: query, variables, operationName, extensions. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
  readonly traceparent: string;
  /** What is left of the request's budget. */
  readonly deadlineMs: number;
  /** A mutation is sent once, whatever happens. */
  readonly isMutation: boolean;
}

/** Sends requests to subgraphs, to whichever instance stands ready. */
export interface SubgraphClient {
  /** @throws CodedError SUBGRAPH_UNAVAILABLE, DEADLINE_EXCEEDED; or the signal's reason when it was aborted */
  send(request: SubgraphSend): Promise<{ readonly status: number; readonly json: unknown }>;
  /** Ends when what is in flight has ended. */
  close(): Promise<void>;
}
