import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '@storefront/platform/log/log.ts';
import { type Redis, openRedis } from '@storefront/platform/redis/redis.ts';
import { testKeyPrefix, testRedisUrl } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { createSessionStore } from './session-store.ts';

const log = createLog({ service: 'users', level: 'silent' });
const clock = { now: () => new Date() };
const owner = { userId: '7', epoch: 2 };
let redis: Redis;

beforeAll(async () => {
  redis = await openRedis({ url: testRedisUrl(), log, keyPrefix: testKeyPrefix() });
});
afterAll(() => redis.disconnect());

const sessionsWith = ({ lifetimeMs = 60_000, graceMs = 0 } = {}) =>
  createSessionStore({ redis, clock }, { lifetimeMs, graceMs });

type Rotated = Awaited<ReturnType<ReturnType<typeof createSessionStore>['rotate']>>;

function tokenOf(rotated: Rotated): string {
  if (typeof rotated === 'string' || 'reused' in rotated) throw new Error(`the token was ${JSON.stringify(rotated)}`);
  return rotated.refreshToken;
}

const openedBy = async (sessions: ReturnType<typeof createSessionStore>, who: typeof owner) =>
  (await sessions.open(who)).refreshToken;

describe('a session', () => {
  it('gives a new token for each one, and knows its owner', async () => {
    const sessions = sessionsWith();
    const first = await openedBy(sessions, owner);

    const second = await sessions.rotate(first);
    const third = await sessions.rotate(tokenOf(second));

    expect(third).toEqual({
      ...owner,
      sessionId: first.split('.')[0],
      refreshToken: expect.stringMatching(/^[\w-]{22}\.[\w-]{43}$/),
    });
    expect(new Set([first, tokenOf(second), tokenOf(third)]).size).toBe(3);
  });

  it('ends when a token comes twice, for the thief and for the owner', async () => {
    const sessions = sessionsWith();
    const first = await openedBy(sessions, owner);
    const second = tokenOf(await sessions.rotate(first));

    expect(await sessions.rotate(first)).toMatchObject({ reused: { userId: owner.userId } });

    expect(await sessions.rotate(second)).toBe('unknown');
  });

  it('gives one successor alone when a token comes many times at once', async () => {
    const sessions = sessionsWith();
    const first = await openedBy(sessions, owner);

    const results = await Promise.all(Array.from({ length: 20 }, () => sessions.rotate(first)));

    expect(results.filter((result) => typeof result !== 'string' && 'refreshToken' in result)).toHaveLength(1);
  });

  it('repeats its answer within the grace period, for a client that lost it', async () => {
    const sessions = sessionsWith({ graceMs: 10_000 });
    const first = await openedBy(sessions, owner);

    const results = await Promise.all(Array.from({ length: 20 }, () => sessions.rotate(first)));

    expect(new Set(results.map(tokenOf)).size).toBe(1);
    const next = results[0] && tokenOf(results[0]);
    expect(await sessions.rotate(next ?? '')).toMatchObject(owner);
    expect(await sessions.rotate(first)).toMatchObject({ reused: { userId: owner.userId } });
  });

  it('is over after its time, however often it was used', async () => {
    const sessions = sessionsWith({ lifetimeMs: 150 });
    let token = await openedBy(sessions, owner);
    token = tokenOf(await sessions.rotate(token));

    const over = await until(async () => {
      const rotated = await sessions.rotate(token);
      if (typeof rotated === 'string') return rotated;
      token = tokenOf(rotated);
      return null;
    });

    expect(over).toBe('unknown');
  });

  it('ends with its current token, once', async () => {
    const sessions = sessionsWith();
    const first = await openedBy(sessions, owner);

    expect(await sessions.end(first)).toEqual({ userId: owner.userId, sessionId: first.split('.')[0] });

    expect(await sessions.end(first)).toBeNull();
    expect(await sessions.rotate(first)).toBe('unknown');
  });

  it.each(['', 'nonsense', `${'a'.repeat(22)}.${'b'.repeat(43)}`])('is not found by %j', async (token) => {
    expect(await sessionsWith().rotate(token)).toBe('unknown');
    expect(await sessionsWith().end(token)).toBeNull();
  });

  it('ends with all others of its owner, and with nobody else', async () => {
    const sessions = sessionsWith();
    const own = [
      await openedBy(sessions, { userId: '8', epoch: 0 }),
      await openedBy(sessions, { userId: '8', epoch: 0 }),
    ];
    const foreign = await openedBy(sessions, { userId: '9', epoch: 0 });

    const ended = await sessions.endAllOf('8');

    expect(new Set(ended.map(({ sessionId }) => sessionId))).toEqual(new Set(own.map((token) => token.split('.')[0])));
    expect(await Promise.all(own.map((token) => sessions.rotate(token)))).toEqual(['unknown', 'unknown']);
    expect(await sessions.rotate(foreign)).toMatchObject({ userId: '9' });
  });

  it('is listed for its owner while it goes on and the password is the same', async () => {
    const sessions = sessionsWith();
    const her = { userId: '11', epoch: 3 };
    const laptop = await sessions.open(her, { clientName: 'Firefox on Linux' });
    const phone = await sessions.open(her);
    const gone = await sessions.open(her);
    await sessions.open({ ...her, epoch: 2 });
    await sessions.end(gone.refreshToken);
    await sessions.rotate(laptop.refreshToken);

    const listed = await sessions.openOf(her);

    expect(listed).toEqual([
      expect.objectContaining({ id: laptop.sessionId, clientName: 'Firefox on Linux' }),
      expect.objectContaining({ id: phone.sessionId, clientName: null }),
    ]);
    for (const { openedAt, usedAt, endsAt } of listed) {
      expect(usedAt.getTime()).toBeGreaterThanOrEqual(openedAt.getTime());
      expect(endsAt.getTime()).toBe(openedAt.getTime() + 60_000);
    }
    expect(await sessions.openOf({ userId: '12', epoch: 0 })).toEqual([]);
  });

  it('ends by its id for its owner alone', async () => {
    const sessions = sessionsWith();
    const { sessionId, refreshToken } = await sessions.open({ userId: '13', epoch: 0 });

    expect(await sessions.endById('14', sessionId)).toBeNull();
    expect(await sessions.endById('13', sessionId)).toEqual({ userId: '13', sessionId });

    expect(await sessions.endById('13', sessionId)).toBeNull();
    expect(await sessions.rotate(refreshToken)).toBe('unknown');
    expect(await sessions.openOf({ userId: '13', epoch: 0 })).toEqual([]);
  });

  it('says that sessions are unavailable while Redis is away', async () => {
    const away = await openRedis({ url: testRedisUrl(), log });
    away.disconnect();
    const sessions = createSessionStore({ redis: away, clock }, { lifetimeMs: 60_000, graceMs: 0 });

    await expect(sessions.open(owner)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', httpStatus: 503 });
  });

  it('leaves no token in Redis', async () => {
    const token = await openedBy(sessionsWith(), { userId: '10', epoch: 0 });
    const [sessionId, secret] = token.split('.');

    const stored = await redis.hgetall(`sessions:${sessionId}`);

    expect(stored).toMatchObject({ user: '10' });
    expect(JSON.stringify(stored)).not.toContain(secret);
  });
});
