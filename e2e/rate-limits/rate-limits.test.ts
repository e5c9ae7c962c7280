import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '@storefront/platform/log/log.ts';
import { openRedis, type Redis } from '@storefront/platform/redis/redis.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { createPorts } from '@storefront/stack/src/ports.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import { findOrStartRedis } from '@storefront/stack/src/servers/redis.ts';
import { ensurePrograms, redisProgram } from '@storefront/stack/src/servers/system-packages.ts';
import { openStateFolder } from '@storefront/stack/src/state-folder.ts';
import { createRateLimiter } from '@storefront/supergraph/src/guards/rate-limit.ts';
import { startGraphql } from '@storefront/supergraph/src/transports/http/testing/start-graphql.ts';
import { type FragileServer, rememberPorts, startFragile } from '../testing/fragile-server.ts';

const log = createLog({ service: 'test', level: 'silent' });
const limit = { perMinute: 60, burst: 20 };
const closers: (() => Promise<unknown>)[] = [];
let state: string;
let server: FragileServer;
let release: () => Promise<void>;

beforeAll(async () => {
  const progress = () => undefined;
  state = await mkdtemp(join(tmpdir(), 'storefront-limits-'));
  const folder = await openStateFolder(state, progress);
  release = () => folder.release();
  const { servers: secrets } = await secretsOf(state);
  const ports = rememberPorts(createPorts('free', progress));
  const options = { state, ports, secrets, progress, started: folder.started, isThrowaway: true };
  const [program = ''] = await ensurePrograms([redisProgram], progress);
  server = await startFragile(() => findOrStartRedis(undefined, async () => program, options));
}, 60_000);

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

afterAll(async () => {
  await release?.();
  await rm(state, { recursive: true, force: true });
});

/** Two gateways that share one Redis, each with a connection of its own. */
async function startTwo(
  keyPrefix: string,
  { timeoutMs = 5_000, ...options }: { readonly trustedProxyHops?: number; readonly timeoutMs?: number } = {},
) {
  const start = async () => {
    const redis: Redis = await openRedis({ url: server.url, log, keyPrefix });
    const limiter = createRateLimiter({ redis, log, now: Date.now, replicas: () => 2 }, { ...limit, timeoutMs });
    const gateway = await startGraphql({ limiter, ...options });
    closers.push(gateway.close, async () => redis.disconnect());
    return gateway;
  };
  return [await start(), await start()] as const;
}

/** Sends so many operations of one point at once through both gateways; how many were answered. */
async function burst(
  gateways: Awaited<ReturnType<typeof startTwo>>,
  count: number,
  headersOf: (index: number) => Record<string, string>,
) {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      gateways[index % 2 === 0 ? 0 : 1].post('{ greeting }', { headers: headersOf(index) }),
    ),
  );
  return answers.filter(({ status }) => status === 200).length;
}

describe('the rate limit of two gateways', () => {
  it.each([
    ['no proxy in front, whatever X-Forwarded-For claims', 0, (index: number) => `203.0.113.${index}`],
    ['a proxy in front, whatever stands before its entry', 1, (index: number) => `203.0.113.${index}, 198.51.100.7`],
    ['one IPv6 line with many addresses', 1, (index: number) => `2001:db8:0:1::${index + 1}`],
  ])(
    'never lets more through than the burst and what is earned meanwhile, with %s',
    async (name, trustedProxyHops, claim) => {
      const gateways = await startTwo(`${name}:`, { trustedProxyHops });
      const startedAt = Date.now();

      const answered = await burst(gateways, 100, (index) => ({ 'x-forwarded-for': claim(index) }));

      const earned = Math.ceil(((Date.now() - startedAt) / 60_000) * limit.perMinute);
      expect(answered).toBeGreaterThanOrEqual(limit.burst);
      expect(answered).toBeLessThanOrEqual(limit.burst + earned);
    },
  );

  it('is kept by each for its share while Redis is frozen, and in Redis again afterwards', async () => {
    const gateways = await startTwo('frozen:', { timeoutMs: 100 });
    await burst(gateways, 2, () => ({}));
    const frozenMs = 3_000;
    const thaw = server.freeze(frozenMs);
    const startedAt = Date.now();

    const answered = await burst(gateways, 60, () => ({}));
    const refused = await gateways[0].post('{ greeting }');

    const earned = Math.ceil(((Date.now() - startedAt) / 60_000) * limit.perMinute) + 2;
    expect(answered).toBeGreaterThan(0);
    expect(answered).toBeLessThanOrEqual(limit.burst + earned);
    expect([refused.status, refused.headers.get('ratelimit-policy')]).toEqual([429, '"default";q=10;w=20']);
    await thaw;
    const shared = await until(async () => {
      const answer = await gateways[0].post('{ greeting }');
      return answer.headers.get('ratelimit-policy') === '"default";q=20;w=20' ? answer : null;
    });
    expect([200, 429]).toContain(shared.status);
  });

  it('counts each alias of a mutation', async () => {
    const [gateway] = await startTwo('aliases:');
    const aliases = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, index) => `a${index}: count`).join(' ')} }`;

    const first = await gateway.post(aliases(15));
    const second = await gateway.post(aliases(15));

    expect([first.status, second.status]).toEqual([200, 429]);
    expect(gateway.engine.requests).toHaveLength(1);
  });
});
