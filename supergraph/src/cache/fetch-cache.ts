import type { Run } from '../engine/compile/run.ts';
import type { WriteBody } from '../engine/compile/request-body.ts';
import type { SubgraphAnswer } from '../subgraphs/client.ts';
import type { CacheRules } from '../composition/read-cache-rules.ts';
import type { FetchCaching } from './fetch-caching.ts';

/** One fetch that may be answered from the cache. */
export interface CachedFetch {
  readonly caching: FetchCaching;
  /** Of an entity fetch the entities, each once, as JSON; null for one of root fields. */
  readonly representations: readonly string[] | null;
  readonly write: WriteBody;
}

/** A fetch to be answered. */
export interface CachedQuestion {
  readonly subgraph: string;
  readonly run: Run;
  /** The number of the fetch in its plan, from 0. */
  readonly fetchNumber?: number | undefined;
  readonly fetch: CachedFetch;
  /** The bytes that the answer had the last time. */
  readonly expected: Buffer | undefined;
}

/** What the engine asks before it asks a subgraph. */
export interface FetchCache {
  /**
   * Answers a fetch as its subgraph would, from what is kept and, for the rest, from the subgraph, whose answers are kept. Null when the
   * caller has to ask for himself, because nothing may be kept now or this may not be.
   * @throws what the subgraph client throws, when there is nothing at all to give; the signal's reason when it was aborted
   */
  answer(question: CachedQuestion): Promise<SubgraphAnswer | null>;
  /** Throws away what has one of the tags, here and in Redis. */
  purge(tags: readonly string[]): Promise<void>;
  /** Calls the listener whenever something has changed: nobody who asks from then on may join what began before. */
  onPurge(listener: () => void): void;
  /** Takes note of the rules of a graph before it is served: its events throw away what it keeps. */
  follow(rules: CacheRules | null): void;
}
