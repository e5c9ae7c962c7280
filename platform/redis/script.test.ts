import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../log/log.ts';
import { testRedisUrl } from '../testing/servers.ts';
import { openRedis, type Redis } from './redis.ts';
import { createScript } from './script.ts';

let redis: Redis;
beforeEach(async () => {
  redis = await openRedis({ url: testRedisUrl(), log: createLog({ service: 'test', level: 'silent' }) });
});
afterEach(() => redis.disconnect());

describe('a script', () => {
  it('is sent whole to a Redis that does not know it, and then by its hash', async () => {
    const mark = crypto.randomUUID();
    const run = createScript(`return { KEYS[1], ARGV[1], '${mark}' }`);
    const sent: string[] = [];
    const counting = {
      eval: (...given: Parameters<Redis['eval']>) => (sent.push('eval'), redis.eval(...given)),
      evalsha: (...given: Parameters<Redis['evalsha']>) => (sent.push('evalsha'), redis.evalsha(...given)),
    } as Pick<Redis, 'eval' | 'evalsha'>;

    const first = await run(counting, { keys: ['a'], values: [1] });
    const second = await run(counting, { keys: ['b'], values: [2] });

    expect([first, second]).toEqual([
      ['a', '1', mark],
      ['b', '2', mark],
    ]);
    expect(sent).toEqual(['evalsha', 'eval', 'evalsha']);
  });

  it('passes a fault of its own on', async () => {
    const run = createScript(`return redis.call('NOTHING')`);

    await expect(run(redis, { keys: [], values: [] })).rejects.toThrow(/unknown|Unknown/i);
  });
});
