import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog } from '@storefront/platform/log/log.ts';
import { openRedis, openSubscriber, type Redis } from '@storefront/platform/redis/redis.ts';
import { testKeyPrefix, testRedisUrl } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { sessionEnded } from '@storefront/schema/events/session-ended.ts';
import { userDeleted } from '@storefront/schema/events/user-deleted.ts';
import type { Identity } from './authenticate.ts';
import { followRevocations, type Revocations, type RevocationsOptions } from './revocations.ts';

const log = createLog({ service: 'test', level: 'silent' });
const facts = { id: 'event', source: 'users', subject: '7', time: new Date(), audience: [] };
const ended = (...sessionIds: string[]) => sessionEnded.create({ ...facts, data: { userId: '7', sessionIds } });
const deleted = userDeleted.create({ ...facts, data: { userId: '7' } });
const anIdentity = (sessionId: string, userId = '7'): Identity => ({
  caller: { kind: 'user', userId, scopes: new Set() },
  sessionId,
});

describe('revocations', () => {
  let prefix: string;
  let clock: number;
  const closers: (() => void)[] = [];

  beforeEach(() => {
    prefix = testKeyPrefix();
    clock = Date.now();
  });

  afterEach(() => {
    for (const close of closers.splice(0).reverse()) close();
  });

  async function aReplica(options: RevocationsOptions = {}): Promise<Revocations & { subscriber: Redis }> {
    const redis = await openRedis({ url: testRedisUrl(), log });
    const subscriber = await openSubscriber({ url: testRedisUrl(), log });
    const now = () => clock;
    const revocations = await followRevocations({ redis, subscriber, log, now }, { prefix, ...options });
    closers.push(() => {
      revocations.close();
      redis.disconnect();
      subscriber.disconnect();
    });
    return { ...revocations, subscriber };
  }

  it('are known to every replica as soon as one records them, and to one that starts later', async () => {
    const [one, other] = [await aReplica(), await aReplica()];
    let told = 0;
    other.onRevoked(() => (told += 1));

    await one.record(ended('a', 'b'));
    await until(() => other.isRevoked(anIdentity('a')));
    const late = await aReplica();

    expect(told).toBeGreaterThan(0);
    expect([one, other, late].map((replica) => replica.isRevoked(anIdentity('b')))).toEqual([true, true, true]);
    expect(late.isRevoked(anIdentity('c'))).toBe(false);
  });

  it('take every session of an account that is gone', async () => {
    const replica = await aReplica();

    await replica.record(deleted);
    await until(() => replica.isRevoked(anIdentity('whichever')));

    expect(replica.isRevoked(anIdentity('whichever', '8'))).toBe(false);
  });

  it('reach a replica that was cut off from Redis when it is back', async () => {
    const [one, other] = [await aReplica(), await aReplica()];
    other.subscriber.disconnect(true);

    await one.record(ended('a'));

    await until(() => other.isRevoked(anIdentity('a')));
  });

  it('are forgotten when no token can be so old', async () => {
    const replica = await aReplica({ retentionMs: 1_000, reloadMs: 20 });
    await replica.record(ended('a'));
    await until(() => replica.isRevoked(anIdentity('a')));

    clock += 2_000;

    await until(() => !replica.isRevoked(anIdentity('a')));
  });

  it('are not in any other event', async () => {
    const replica = await aReplica();
    let told = 0;
    replica.onRevoked(() => (told += 1));

    await replica.record({ ...ended('a'), type: 'order.created' });

    expect(replica.isRevoked(anIdentity('a'))).toBe(false);
    expect(told).toBe(0);
  });
});
