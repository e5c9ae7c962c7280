import type { CachePolicy } from '@storefront/platform/caching/policy.ts';
import { stricter } from '@storefront/platform/caching/policy.ts';

/** What the cache had to do with one answer. */
export interface CacheReport {
  /** How long the answer may be kept; null when it may not be. */
  policy: CachePolicy | null;
  /** How old the oldest part of it is, in milliseconds. */
  ageMs: number;
  /** How many entities and root fetches came from the cache. */
  hits: number;
  /** How many of the hits were past their time. */
  stale: number;
  /** How many were fetched. */
  misses: number;
}

/** Nothing has come yet; `policy` is that of the operation. */
export function createCacheReport(policy: CachePolicy | null): CacheReport {
  return { policy, ageMs: 0, hits: 0, stale: 0, misses: 0 };
}

/** Takes note of a part of the answer that is kept, or could be; null for one that could not. */
export function reportPart(report: CacheReport, policy: CachePolicy | null, ageMs: number): void {
  report.policy = policy && report.policy && stricter(report.policy, policy);
  report.ageMs = Math.max(report.ageMs, ageMs);
}
