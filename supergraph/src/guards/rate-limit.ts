import type { Redis } from '@storefront/platform/redis/redis.ts';
import { createScript } from '@storefront/platform/redis/script.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { chargeLocally, createLocalBuckets } from './local-rate-limit.ts';

/** How fast a caller may go: `perMinute` points on average, up to `burst` of them at once. */
export interface RateLimit {
  readonly perMinute: number;
  readonly burst: number;
}

/** What a charge came to. The times are from now on. */
export interface RateVerdict {
  readonly allowed: boolean;
  /** Points that could be spent right now. */
  readonly remaining: number;
  /** When all of the burst is there again. */
  readonly resetMs: number;
  /** When a refused charge would pass; 0 for one that passed. */
  readonly retryAfterMs: number;
  /** What it was judged by: that of all replicas, or this one's share of it. */
  readonly limit: RateLimit;
}

/** What a limiter has done since the start. */
export interface RateFigures {
  readonly allowed: number;
  readonly refused: number;
  /** Of both, those that this process judged alone while Redis was away. */
  readonly alone: number;
  /** True while Redis does not answer. */
  readonly isAlone: boolean;
}

/** Charges points to a key. */
export interface RateLimiter {
  readonly figures: RateFigures;
  /** Null when nothing is limited. */
  readonly limit: RateLimit | null;
  /**
   * A refused charge takes nothing. A cost above the burst counts as the burst. What `isDelicate` (somebody unknown changes
   * something: signs in, opens an account) takes five times as much while this replica is on its own. Never throws.
   */
  charge(key: string, cost: number, isDelicate?: boolean): Promise<RateVerdict>;
}

export interface RateLimiterDeps {
  /** Null keeps the accounts in this process, which is then the only one. */
  readonly redis: Pick<Redis, 'eval' | 'evalsha'> | null;
  readonly log: Pick<Log, 'warn'>;
  readonly now: () => number;
  /** How many replicas share the limit, as far as is known. Default 1. */
  readonly replicas?: () => number;
}

export interface RateLimiterOptions extends RateLimit {
  /** How long Redis may take before this process decides on its own. Default 100. */
  readonly timeoutMs?: number;
  /** How long Redis is left alone after it failed. Default 1,000. */
  readonly restMs?: number;
}

/**
 * The generic cell rate algorithm as one script: the key holds the time at which the caller's debt is paid off, by
 * Redis's clock, so every gateway replica charges the same account whatever its own clock says.
 * Source: ITU-T I.371, brandur.org/rate-limiting
 */
const runScript = createScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local paid = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local debt = paid + cost * interval - now
if debt > burst * interval then
  return {0, paid - now, debt - burst * interval}
end
redis.call('SET', KEYS[1], string.format('%.0f', now + debt), 'PX', math.max(1, math.ceil(debt / 1000)))
return {1, debt, 0}
`);

/**
 * One account for all replicas in Redis. While Redis does not answer within `timeoutMs`, each replica keeps accounts of its own with
 * its share of the limit, beginning with what is spent, so that all together allow no more. After a failure Redis is asked again only after `restMs`, by one
 * request: a frozen one costs those their time-out who asked meanwhile, and then one in each `restMs`.
 */
export function createRateLimiter(
  { redis, log, now, replicas = () => 1 }: RateLimiterDeps,
  options: RateLimiterOptions,
): RateLimiter {
  const { perMinute, burst, timeoutMs = 100, restMs = 1_000 } = options;
  const limit = { perMinute, burst };
  const intervalUs = 60_000_000 / perMinute;
  const buckets = createLocalBuckets();
  const counted = { allowed: 0, refused: 0, alone: 0 };
  let redisRestsUntil = 0;
  let isAway = false;
  const count = (verdict: RateVerdict) => {
    counted[verdict.allowed ? 'allowed' : 'refused'] += 1;
    return verdict;
  };
  const chargeHere = (key: string, requested: number, isDelicate: boolean) => {
    const share = redis ? shareOf(limit, replicas()) : limit;
    const wanted = redis && isDelicate ? requested * delicateFactor : requested;
    if (redis) counted.alone += 1;
    return count(chargeLocally(buckets, key, { cost: Math.min(wanted, share.burst), now: now(), limit: share }));
  };
  return {
    limit,
    get figures() {
      return { ...counted, isAlone: isAway };
    },
    async charge(key, requested, isDelicate = false) {
      const cost = Math.min(requested, burst);
      if (!redis || now() < redisRestsUntil) return chargeHere(key, requested, isDelicate);
      if (isAway) redisRestsUntil = now() + restMs; // the others need not wait for what this one finds
      try {
        const answer = await within(
          timeoutMs,
          runScript(redis, { keys: [`rate:${key}`], values: [cost, intervalUs, burst] }),
        );
        redisRestsUntil = 0;
        isAway = false;
        const verdict = toVerdict(answer, { intervalUs, limit });
        buckets.set(key, now() + verdict.resetMs); // what a share has spent of itself then, the whole has of the whole
        return count(verdict);
      } catch (cause) {
        redisRestsUntil = now() + restMs;
        if (!isAway) log.warn({ err: cause }, 'rate limits are kept in this process: Redis does not answer');
        isAway = true;
        return chargeHere(key, requested, isDelicate);
      }
    },
  };
}

/** How much more a delicate operation takes while nobody sees what it takes elsewhere. */
const delicateFactor = 5;

/** What one of several replicas may allow on its own. */
function shareOf({ perMinute, burst }: RateLimit, replicas: number): RateLimit {
  const sharers = Math.max(1, replicas);
  return { perMinute: perMinute / sharers, burst: Math.max(1, Math.floor(burst / sharers)) };
}

/** Limits nothing. */
export const unlimited: RateLimiter = {
  limit: null,
  figures: { allowed: 0, refused: 0, alone: 0, isAlone: false },
  charge: async () => ({
    allowed: true,
    remaining: Infinity,
    resetMs: 0,
    retryAfterMs: 0,
    limit: { perMinute: Infinity, burst: Infinity },
  }),
};

function toVerdict(answer: unknown, { intervalUs, limit }: { intervalUs: number; limit: RateLimit }): RateVerdict {
  const [allowed, debtUs, waitUs] = Array.isArray(answer) ? answer.map(Number) : [];
  if (allowed === undefined || debtUs === undefined || waitUs === undefined)
    throw new Error('unexpected answer of the rate limit script');
  return {
    allowed: allowed === 1,
    remaining: Math.max(0, Math.floor(limit.burst - debtUs / intervalUs)),
    resetMs: debtUs / 1_000,
    retryAfterMs: waitUs / 1_000,
    limit,
  };
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
