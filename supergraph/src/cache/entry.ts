import type { CachePolicy } from '@storefront/platform/caching/policy.ts';

/** One thing that is kept: an entity, or the whole answer to a fetch of root fields. */
export interface Entry {
  /** Its JSON, as the subgraph gave it. */
  readonly bytes: Buffer;
  /** When it was asked for, in the time of `Date.now()`: it may be that old. */
  readonly askedAtMs: number;
  readonly policy: CachePolicy;
  readonly tags: readonly string[];
}

/** How good an entry is: as new, to be given while it is read anew, to be given when that fails, or not at all. */
export type Freshness = 'fresh' | 'stale' | 'lastResort' | 'dead';

/** How old an entry is. Clocks of replicas may differ: nothing is younger than new. */
export function ageMsOf({ askedAtMs }: Pick<Entry, 'askedAtMs'>, nowMs: number): number {
  return Math.max(0, nowMs - askedAtMs);
}

/** Judges an entry by its age. */
export function judge(entry: Entry, nowMs: number): Freshness {
  const { maxAgeSeconds, staleWhileRevalidateSeconds, staleIfErrorSeconds } = entry.policy;
  const ageSeconds = ageMsOf(entry, nowMs) / 1_000;
  if (ageSeconds < maxAgeSeconds) return 'fresh';
  if (ageSeconds < maxAgeSeconds + staleWhileRevalidateSeconds) return 'stale';
  return ageSeconds < maxAgeSeconds + staleIfErrorSeconds ? 'lastResort' : 'dead';
}

/** For how long an entry is of any use after it was asked for. */
export function lifeMsOf({ policy }: Pick<Entry, 'policy'>): number {
  const { maxAgeSeconds, staleWhileRevalidateSeconds, staleIfErrorSeconds } = policy;
  return (maxAgeSeconds + Math.max(staleWhileRevalidateSeconds, staleIfErrorSeconds)) * 1_000;
}
