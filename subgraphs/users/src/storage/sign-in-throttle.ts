import { createHash } from 'node:crypto';
import { addressKey } from '@storefront/platform/http/address-key.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import { z } from 'zod';
import type { SignInAttempt, SignInThrottle } from '../use-cases/ports.ts';
import { orUnavailable } from './available.ts';

/** How many failures an account and an address may have within any `windowMs`. */
export interface ThrottleOptions {
  readonly maxPerAccount: number;
  readonly maxPerAddress: number;
  readonly windowMs: number;
}

/**
 * Counts an attempt in each log, or in none when one of them is full.
 *
 * A log is a sorted set of attempts by time, so the window slides and nothing begins anew at the full minute. Time is
 * Redis's, so that replicas agree.
 * KEYS: logs. ARGV: attempt, window in ms, then the limit of each log. Answers: 0, or the ms until there is room.
 */
const enterScript = `
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local windowMs = tonumber(ARGV[2])
local waitMs = 0
for i, log in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', log, '-inf', nowMs - windowMs)
  local over = redis.call('ZCARD', log) - tonumber(ARGV[i + 2])
  if over >= 0 then
    local freeing = redis.call('ZRANGE', log, over, over, 'WITHSCORES')
    waitMs = math.max(waitMs, freeing[2] and (freeing[2] + windowMs - nowMs) or windowMs, 1)
  end
end
if waitMs > 0 then return waitMs end
for _, log in ipairs(KEYS) do
  redis.call('ZADD', log, nowMs, ARGV[1])
  redis.call('PEXPIRE', log, windowMs)
end
return 0
`;

/**
 * Throttles sign-ins per account and per address, for all replicas together. Every attempt counts until it succeeds;
 * those that come while a limit is reached do not prolong it. IPv6 addresses count by their /64. Redis gets hashes of addresses only.
 * Source: OWASP Authentication Cheat Sheet, "Account lockout"
 */
export function createSignInThrottle({ redis }: { redis: Redis }, options: ThrottleOptions): SignInThrottle {
  const { maxPerAccount, maxPerAddress, windowMs } = options;
  return {
    enter: async (attempt) => {
      const logs = [
        { key: accountLog(attempt), limit: maxPerAccount },
        ...addressLogs(attempt).map((key) => ({ key, limit: maxPerAddress })),
      ];
      const keys = logs.map(({ key }) => key);
      const facts = [attempt.id, windowMs, ...logs.map(({ limit }) => limit)].map(String);
      const answer = await orUnavailable(() => redis.eval(enterScript, keys.length, ...keys, ...facts));
      const waitMs = z.int().parse(answer);
      if (waitMs === 0) return { admitted: true };
      return { admitted: false, retryAfterSeconds: Math.ceil(waitMs / 1000) };
    },
    succeeded: (attempt) =>
      orUnavailable(async () => {
        await redis.del(accountLog(attempt));
        for (const log of addressLogs(attempt)) await redis.zrem(log, attempt.id);
      }),
  };
}

function accountLog({ email }: SignInAttempt): string {
  return `sign-ins:account:${hash(email)}`;
}

function addressLogs({ address }: SignInAttempt): string[] {
  return address === null ? [] : [`sign-ins:address:${hash(addressKey(address))}`];
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
