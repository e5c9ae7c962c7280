import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLog } from '@storefront/platform/log/log.ts';
import { openRedis } from '@storefront/platform/redis/redis.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import { testKeyPrefix, testRedisUrl } from '@storefront/platform/testing/servers.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import { createRateLimiter } from './rate-limit.ts';

const log = createLog({ service: 'test', level: 'silent' });
const limit = { perMinute: 60, burst: 10 };
let redis: Redis;

beforeAll(async () => {
  redis = await openRedis({ url: testRedisUrl(), log, keyPrefix: testKeyPrefix() });
});

afterAll(async () => {
  await redis.quit();
});

/** A Redis that treats every script so. */
const always = (run: () => Promise<never>) => ({ eval: run, evalsha: run });
const limiterOn = (connection: Pick<Redis, 'eval' | 'evalsha'>, now: () => number = Date.now) =>
  createRateLimiter({ redis: connection, log, now }, { ...limit, timeoutMs: 100 });

describe('the rate limit', () => {
  it('allows the burst, refuses what is beyond it and says when to come again', async () => {
    const limiter = limiterOn(redis);
    const key = randomUUID();

    const first = await limiter.charge(key, 9);
    const beyond = await limiter.charge(key, 5);

    expect(first).toMatchObject({ allowed: true, remaining: 1, retryAfterMs: 0 });
    expect(beyond.allowed).toBe(false);
    expect(beyond.retryAfterMs).toBeGreaterThan(3_000);
    expect(beyond.retryAfterMs).toBeLessThanOrEqual(4_000);
  });

  it('charges a rate so high that one point is less than a microsecond', async () => {
    const log = { warn: jest.fn() };
    const limiter = createRateLimiter({ redis, log, now: Date.now }, { perMinute: 1e9, burst: 1e9 });

    const verdict = await limiter.charge(randomUUID(), 1);

    expect(verdict.allowed).toBe(true);
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('takes nothing for a refused charge', async () => {
    const limiter = limiterOn(redis);
    const key = randomUUID();
    await limiter.charge(key, 8);
    await limiter.charge(key, 8);

    await expect(limiter.charge(key, 2)).resolves.toMatchObject({ allowed: true });
  });

  it('is one account for two replicas that charge at once', async () => {
    const key = randomUUID();
    const [one, other] = [limiterOn(redis), limiterOn(redis)];

    const verdicts = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? one : other).charge(key, 1)),
    );

    expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(limit.burst);
  });

  it('leaves no key behind when the debt is paid off', async () => {
    const key = randomUUID();
    await limiterOn(redis).charge(key, 5);

    const lifeMs = await redis.pttl(`rate:${key}`);

    expect(lifeMs).toBeGreaterThan(4_000);
    expect(lifeMs).toBeLessThanOrEqual(5_000);
  });

  it('decides alone within 100 ms when Redis is frozen, then leaves it alone for a while', async () => {
    const asked: string[] = [];
    const frozen = always(() => (asked.push('eval'), new Promise<never>(() => undefined)));
    let clock = 0;
    const limiter = limiterOn(frozen, () => clock);
    const startedAt = performance.now();

    await expect(limiter.charge('a', 10)).resolves.toMatchObject({ allowed: true, remaining: 0 });
    const waitedMs = performance.now() - startedAt;
    await expect(limiter.charge('a', 1)).resolves.toMatchObject({ allowed: false, retryAfterMs: 1_000 });

    expect(waitedMs).toBeLessThan(160);
    expect(asked).toHaveLength(1);
    expect(limiter.figures).toEqual({ allowed: 1, refused: 1, alone: 2, isAlone: true });
    clock += 2_000;
    await expect(limiter.charge('a', 2)).resolves.toMatchObject({ allowed: true });
    expect(asked).toHaveLength(2);
  });

  it('is shared out among the replicas while each is on its own, and stricter for what is delicate', async () => {
    const frozen = always(() => Promise.reject(new Error('away')));
    const limiter = createRateLimiter({ redis: frozen, log, now: () => 0, replicas: () => 2 }, limit);

    const first = await limiter.charge('a', 5);
    const delicate = await limiter.charge('b', 1, true);

    expect(first).toMatchObject({ allowed: true, remaining: 0, limit: { perMinute: 30, burst: 5 } });
    await expect(limiter.charge('a', 1)).resolves.toMatchObject({ allowed: false, retryAfterMs: 2_000 });
    expect(delicate).toMatchObject({ allowed: true, remaining: 0 });
    await expect(limiter.charge('b', 1, true)).resolves.toMatchObject({ allowed: false });
  });

  it('goes on alone with what is spent', async () => {
    const connection = { eval: redis.eval.bind(redis), evalsha: redis.evalsha.bind(redis) };
    const limiter = limiterOn(connection);
    const key = randomUUID();
    await limiter.charge(key, 10);
    Object.assign(
      connection,
      always(() => Promise.reject(new Error('away'))),
    );

    await expect(limiter.charge(key, 2)).resolves.toMatchObject({ allowed: false });
  });

  it('lets one request find out whether Redis is back, not all', async () => {
    const asked: (() => void)[] = [];
    const frozen = always(() => new Promise<never>((_, reject) => asked.push(() => reject(new Error('away')))));
    let clock = 0;
    const limiter = limiterOn(frozen, () => clock);
    const first = limiter.charge('a', 1);
    asked[0]?.();
    await first;
    clock += 2_000;

    const finding = limiter.charge('a', 1);
    await Promise.all([limiter.charge('a', 1), limiter.charge('a', 1)]);

    expect(asked).toHaveLength(2);
    asked[1]?.();
    await expect(finding).resolves.toMatchObject({ allowed: true });
  });

  it('is told in the fields of the current draft', () => {
    const allowed = rateLimitHeaders({ limit, allowed: true, remaining: 7, resetMs: 2_100, retryAfterMs: 0 });
    const refused = rateLimitHeaders({ limit, allowed: false, remaining: 0, resetMs: 9_500, retryAfterMs: 1_200 });

    expect(allowed).toEqual({ 'ratelimit-policy': '"default";q=10;w=10', ratelimit: '"default";r=7;t=3' });
    expect(refused).toMatchObject({ ratelimit: '"default";r=0;t=10', 'retry-after': '2' });
  });
});
