import { LRUCache } from 'lru-cache';
import type { RateLimit, RateVerdict } from './rate-limit.ts';

/** When each key's debt is paid off, in ms since the epoch; the 10,000 keys used last. */
export type LocalBuckets = LRUCache<string, number>;

export interface LocalCharge {
  readonly cost: number;
  readonly limit: RateLimit;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Accounts for the time when Redis cannot be asked. */
export function createLocalBuckets(): LocalBuckets {
  return new LRUCache({ max: 10_000 });
}

/** Charges a key in this process: the same arithmetic as the script in rate-limit.ts, in milliseconds. */
export function chargeLocally(buckets: LocalBuckets, key: string, charge: LocalCharge): RateVerdict {
  const { cost, now, limit } = charge;
  const { perMinute, burst } = limit;
  const intervalMs = 60_000 / perMinute;
  const owed = Math.max(buckets.get(key) ?? 0, now) - now;
  const debt = owed + cost * intervalMs;
  const waitMs = Math.max(0, debt - burst * intervalMs);
  const allowed = waitMs === 0;
  if (allowed) buckets.set(key, now + debt);
  const debtMs = allowed ? debt : owed;
  return {
    allowed,
    remaining: Math.max(0, Math.floor(burst - debtMs / intervalMs)),
    resetMs: debtMs,
    retryAfterMs: waitMs,
    limit,
  };
}
