/** Counts since the start, and sizes of now. One hit or miss for each entity and each fetch of root fields. */
export interface CacheStats {
  /** From this process. */
  readonly localHits: number;
  /** From Redis. */
  readonly sharedHits: number;
  /** Hits that were past their time, and given while they were read anew or could not be. */
  readonly staleHits: number;
  /** Waited for another request's fetch. */
  readonly joined: number;
  readonly misses: number;
  /** Fetches that may be kept and were asked for as if there were no cache: events cannot be heard, or the subgraph said so. */
  readonly bypassed: number;
  /** Tags that were thrown away, and how often everything was. */
  readonly purgedTags: number;
  readonly purgedAll: number;
  readonly localBytes: number;
  readonly localEntries: number;
  /** How often Redis failed or was too late. */
  readonly sharedFaults: number;
}

/** The counts, to be counted up. */
export type CacheCounts = {
  -readonly [Name in Exclude<keyof CacheStats, 'localBytes' | 'localEntries' | 'sharedFaults'>]: number;
};

/** Nothing has been counted. */
export function createCacheCounts(): CacheCounts {
  return {
    localHits: 0,
    sharedHits: 0,
    staleHits: 0,
    joined: 0,
    misses: 0,
    bypassed: 0,
    purgedTags: 0,
    purgedAll: 0,
  };
}
