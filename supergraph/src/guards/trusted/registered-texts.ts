import { createHash } from 'node:crypto';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import { LRUCache } from 'lru-cache';

/** Texts that clients have registered by their SHA-256. */
export interface RegisteredTexts {
  /** Null when nobody has registered it, or Redis does not say so in time. */
  find(hash: string): Promise<string | null>;
  /** Keeps a text that is known to be good. Its hash must have been checked. Never rejects. */
  keep(hash: string, text: string): Promise<void>;
}

export interface RegisteredTextsOptions {
  /** How many are kept in Redis; the oldest go first. Default 2,000. */
  readonly max?: number;
  /** Longer ones are not kept. Default 10,000 characters. */
  readonly maxLength?: number;
  /** How long one is kept after it was last registered. Default a day. */
  readonly ttlSeconds?: number;
  /** How long Redis may take. Default 100. */
  readonly timeoutMs?: number;
}

/** Keeps a text and the order in which texts came; what is too much goes. */
const script = `
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('ZADD', KEYS[1], redis.call('TIME')[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
local surplus = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[4])
if surplus > 0 then
  local prefix = string.sub(KEYS[2], 1, #KEYS[2] - #ARGV[1])
  local oldest = redis.call('ZPOPMIN', KEYS[1], surplus)
  for index = 1, #oldest, 2 do redis.call('DEL', prefix .. oldest[index]) end
end
`;

/** Bounded in number and length, in this process (1,000) and, with Redis, for all replicas. */
export function createRegisteredTexts(
  { redis, log }: { readonly redis: Pick<Redis, 'get' | 'eval'> | null; readonly log: Pick<Log, 'debug'> },
  options: RegisteredTextsOptions = {},
): RegisteredTexts {
  const { max = 2_000, maxLength = 10_000, ttlSeconds = 24 * 60 * 60, timeoutMs = 100 } = options;
  const here = new LRUCache<string, string>({ max: Math.min(max, 1_000), ttl: ttlSeconds * 1_000 });
  return {
    async find(hash) {
      const known = here.get(hash);
      if (known !== undefined || !redis) return known ?? null;
      try {
        const signal = AbortSignal.timeout(timeoutMs);
        const late = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)));
        const text = await Promise.race([redis.get(`apq:${hash}`), late]);
        if (text === null || hashOf(text) !== hash) return null;
        here.set(hash, text);
        return text;
      } catch (err) {
        log.debug({ err }, 'Redis does not say whether a document is registered');
        return null;
      }
    },
    async keep(hash, text) {
      if (text.length > maxLength || here.has(hash)) return;
      here.set(hash, text);
      try {
        await redis?.eval(script, 2, 'apq-order', `apq:${hash}`, hash, text, ttlSeconds, max);
      } catch (err) {
        log.debug({ err }, 'a document is registered in this process only');
      }
    },
  };
}

/** SHA-256, hex. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
