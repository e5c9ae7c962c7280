import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '@storefront/platform/log/log.ts';
import { type Redis, openRedis } from '@storefront/platform/redis/redis.ts';
import { testKeyPrefix, testRedisUrl } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import type { SignInAttempt } from '../use-cases/ports.ts';
import { createSignInThrottle } from './sign-in-throttle.ts';

const log = createLog({ service: 'users', level: 'silent' });
let redis: Redis;
let attempts = 0;

beforeAll(async () => {
  redis = await openRedis({ url: testRedisUrl(), log, keyPrefix: testKeyPrefix() });
});
afterAll(() => redis.disconnect());

const throttleWith = (limits = {}) =>
  createSignInThrottle({ redis }, { maxPerAccount: 3, maxPerAddress: 5, windowMs: 60_000, ...limits });

/** An attempt on an account of the test's own. */
function anAttempt(email: string, address: string | null = null): SignInAttempt {
  attempts += 1;
  return { id: `attempt ${attempts}`, email, address };
}

describe('the throttle of sign-ins', () => {
  it('admits the allowed failures of an account and says when to try again', async () => {
    const throttle = throttleWith();
    for (const _ of [1, 2, 3]) expect(await throttle.enter(anAttempt('ada'))).toEqual({ admitted: true });

    const refused = await throttle.enter(anAttempt('ada'));

    expect(refused).toEqual({ admitted: false, retryAfterSeconds: 60 });
    expect(await throttle.enter(anAttempt('bob'))).toEqual({ admitted: true });
  });

  it('lets no more through when all come at once', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => throttleWith().enter(anAttempt('carol'))));

    expect(results.filter(({ admitted }) => admitted)).toHaveLength(3);
  });

  it('counts the attempts of one address over all accounts', async () => {
    const throttle = throttleWith();
    for (const n of [1, 2, 3, 4, 5]) await throttle.enter(anAttempt(`victim ${n}`, '203.0.113.7'));

    expect(await throttle.enter(anAttempt('victim 6', '203.0.113.7'))).toMatchObject({ admitted: false });
    expect(await throttle.enter(anAttempt('victim 6', '203.0.113.8'))).toEqual({ admitted: true });
  });

  it('counts the addresses of one IPv6 network as one', async () => {
    const throttle = throttleWith();
    for (const n of [1, 2, 3, 4, 5]) await throttle.enter(anAttempt(`victim of six ${n}`, `2001:db8:1:2::${n}`));

    expect(await throttle.enter(anAttempt('victim of six 6', '2001:db8:1:2:ffff::6'))).toMatchObject({
      admitted: false,
    });
    expect(await throttle.enter(anAttempt('victim of six 6', '2001:db8:1:3::6'))).toEqual({ admitted: true });
  });

  it('forgets the failures of an account, but only the attempt of the address, after a success', async () => {
    const throttle = throttleWith();
    for (const _ of [1, 2]) await throttle.enter(anAttempt('dave', '203.0.113.9'));
    for (const n of [1, 2]) await throttle.enter(anAttempt(`other ${n}`, '203.0.113.9'));
    const right = anAttempt('dave', '203.0.113.9');
    await throttle.enter(right);

    await throttle.succeeded(right);

    expect(await throttle.enter(anAttempt('dave', '203.0.113.9'))).toEqual({ admitted: true });
    expect(await throttle.enter(anAttempt('dave', '203.0.113.9'))).toMatchObject({ admitted: false });
    expect(await throttle.enter(anAttempt('dave'))).toEqual({ admitted: true });
  });

  it('admits again when the window has moved on, and refusals do not prolong it', async () => {
    const throttle = throttleWith({ maxPerAccount: 1, windowMs: 200 });
    await throttle.enter(anAttempt('erin'));

    const entered = await until(async () => (await throttle.enter(anAttempt('erin'))).admitted);

    expect(entered).toBe(true);
  });
});
