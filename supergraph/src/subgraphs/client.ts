import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { CodedError, describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { InternalTokens, Purpose } from '@storefront/platform/identity/internal-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { type BatchClient, sendAsBatch } from './batches.ts';
import type { SubgraphInstances } from './instances.ts';
import { createPools } from './pools.ts';
import { late, post, type PostOutcome } from './post.ts';
import { authorize, headersOf } from './request-headers.ts';

/** One GraphQL request to a subgraph. */
export interface SubgraphSend {
  readonly subgraph: string;
  /** The GraphQL request as JSON: query, variables, operationName, extensions. */
  readonly body: string;
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
  readonly traceparent: string;
  /** For subgraphs that limit by it. */
  readonly clientAddress?: string;
  /** What is left of the request's budget. */
  readonly deadlineMs: number;
  /** A mutation is sent once, whatever happens. */
  readonly isMutation: boolean;
  /** True when the answer may be that to an equal request which is under way already. Default false. */
  readonly mayShare?: boolean;
  /** True when it may go together with others, of other callers too. Never for a mutation. Default false. */
  readonly mayBatch?: boolean;
  /** What an equal request was answered before: an answer of the same bytes is not parsed again. */
  readonly expected?: Buffer | undefined;
}

/** What a subgraph answered: an HTTP status below 500 and JSON. */
export interface SubgraphAnswer {
  readonly status: number;
  /** Undefined when the answer is the expected one. */
  readonly json: unknown;
  /** The JSON as it came, when it is at hand: each further reader parses a copy of its own. */
  readonly bytes?: Buffer;
  /** True when the bytes are the expected ones. */
  readonly isExpected?: boolean;
  /** True when the subgraph said `Cache-Control: no-store`: nobody else may have it, and nobody may keep it. */
  readonly noStore?: boolean;
}

/** Sends requests to subgraphs, to each of an instance's siblings in turn. */
export interface SubgraphClient {
  /**
   * A query whose connection breaks, or that is answered with a status of 500 and above, goes once more to another instance
   * (after a broken connection to the only one: to the same). A mutation never does.
   * @throws CodedError SUBGRAPH_UNAVAILABLE, DEADLINE_EXCEEDED; the signal's reason when it was aborted
   */
  send(request: SubgraphSend): Promise<SubgraphAnswer>;
  /** Ends when what is in flight has ended. */
  close(): Promise<void>;
}

/** What the client works with. */
export interface SubgraphClientDeps {
  readonly instances: SubgraphInstances;
  /** Null for subgraphs that do not know the gateway: they get the caller's own `authorization`. */
  readonly tokens: InternalTokens | null;
  readonly log: Log;
}

/** Creates the client for all subgraphs. `fetchTimeoutMs` bounds each attempt, within what is left of the request's budget. */
export function createSubgraphClient(
  { instances, tokens, log }: SubgraphClientDeps,
  { fetchTimeoutMs = 2_000 }: { readonly fetchTimeoutMs?: number } = {},
): BatchClient {
  const pools = createPools();
  const turns = new Map<string, number>();
  const stop = instances.onChange((name, current) => pools.keepOnly(name, current));

  const attempt = async (request: SubgraphSend, instance: Instance, leftMs: number) => {
    const timeoutMs = Math.min(fetchTimeoutMs, leftMs);
    if (timeoutMs <= 0) throw late();
    const { subgraph: audience } = request;
    const authorization = await authorize(tokens, request);
    const headers = headersOf(request, { authorization, timeoutMs });
    const path = instance.meta['graphqlPath'] ?? '/graphql';
    const { body, signal, expected } = request;
    const outcome = await post({ pool: pools.of(instance), path, body, headers, signal, timeoutMs, expected });
    if (outcome.kind === 'failed') {
      log.warn(
        { subgraph: audience, instance: instance.id, fault: describeFault(outcome.cause) },
        'a subgraph did not answer',
      );
    }
    return outcome;
  };

  return {
    async send(request) {
      const startedAt = performance.now();
      const known = instances.current.get(request.subgraph) ?? [];
      const turn = nextTurn(turns, request.subgraph);
      const first = known[turn % Math.max(1, known.length)];
      if (!first) throw unavailable(new Error(`no instance of ${request.subgraph} is known`));
      const outcome = await attempt(request, first, request.deadlineMs);
      if (outcome.kind === 'answered') return outcome;
      const second = request.isMutation ? undefined : instanceForRetry(known, turn, outcome);
      if (!second) throw unavailable(outcome.cause);
      const again = await attempt(request, second, request.deadlineMs - (performance.now() - startedAt));
      if (again.kind === 'answered') return again;
      throw unavailable(again.cause);
    },
    sendBatch: (requests) => sendAsBatch({ instances, tokens, pools, fetchTimeoutMs }, requests),
    async close() {
      stop();
      await pools.close();
    },
  };
}

function nextTurn(turns: Map<string, number>, subgraph: string): number {
  const turn = turns.get(subgraph) ?? 0;
  turns.set(subgraph, (turn + 1) % Number.MAX_SAFE_INTEGER);
  return turn;
}

function instanceForRetry(known: readonly Instance[], turn: number, outcome: PostOutcome): Instance | undefined {
  if (known.length > 1) return known[(turn + 1) % known.length];
  return outcome.kind === 'failed' && outcome.reason === 'connection' ? known[0] : undefined;
}

function unavailable(cause: unknown): CodedError {
  return new CodedError('SUBGRAPH_UNAVAILABLE', 'A part of the graph cannot answer at the moment', {
    httpStatus: 503,
    cause,
  });
}
