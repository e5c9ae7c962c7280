import type { Redis } from '@storefront/platform/redis/redis.ts';
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
}

/** Charges points to a key. */
export interface RateLimiter {
  /** Null when nothing is limited. */
  readonly limit: RateLimit | null;
  /** A refused charge takes nothing. A cost above the burst counts as the burst. Never throws. */
  charge(key: string, cost: number): Promise<RateVerdict>;
}

export interface RateLimiterDeps {
  /** Null keeps the accounts in this process, which is then the only one. */
  readonly redis: Pick<Redis, 'eval'> | null;
  readonly log: Pick<Log, 'warn'>;
  readonly now: () => number;
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
const script = `
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
`;

/**
 * One account for all replicas in Redis; while Redis does not answer within `timeoutMs`, one in this process. After a
 * failure Redis is asked again only after `restMs`, so that a frozen one costs one request its time-out, not all.
 */
export function createRateLimiter({ redis, log, now }: RateLimiterDeps, options: RateLimiterOptions): RateLimiter {
  const { perMinute, burst, timeoutMs = 100, restMs = 1_000 } = options;
  const limit = { perMinute, burst };
  const intervalUs = 60_000_000 / perMinute;
  const buckets = createLocalBuckets();
  let redisRestsUntil = 0;
  return {
    limit,
    async charge(key, requested) {
      const cost = Math.min(requested, burst);
      if (!redis || now() < redisRestsUntil) return chargeLocally(buckets, key, { cost, now: now(), ...limit });
      try {
        const answer = await within(timeoutMs, redis.eval(script, 1, `rate:${key}`, cost, intervalUs, burst));
        return toVerdict(answer, { intervalUs, burst });
      } catch (cause) {
        redisRestsUntil = now() + restMs;
        log.warn({ err: cause }, 'rate limits are kept in this process: Redis does not answer');
        return chargeLocally(buckets, key, { cost, now: now(), ...limit });
      }
    },
  };
}

/** Limits nothing. */
export const unlimited: RateLimiter = {
  limit: null,
  charge: async () => ({ allowed: true, remaining: Infinity, resetMs: 0, retryAfterMs: 0 }),
};

function toVerdict(answer: unknown, { intervalUs, burst }: { intervalUs: number; burst: number }): RateVerdict {
  const [allowed, debtUs, waitUs] = Array.isArray(answer) ? answer.map(Number) : [];
  if (allowed === undefined || debtUs === undefined || waitUs === undefined)
    throw new Error('unexpected answer of the rate limit script');
  return {
    allowed: allowed === 1,
    remaining: Math.max(0, Math.floor(burst - debtUs / intervalUs)),
    resetMs: debtUs / 1_000,
    retryAfterMs: waitUs / 1_000,
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
