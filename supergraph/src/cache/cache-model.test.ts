import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '@storefront/platform/log/log.ts';
import { openRedis, type Redis } from '@storefront/platform/redis/redis.ts';
import { testRedisUrl } from '@storefront/platform/testing/servers.ts';
import fc from 'fast-check';
import { CacheWorld, type Reading } from './testing/cache-world.ts';

let redis: Redis;
let world: CacheWorld;
beforeAll(async () => {
  redis = await openRedis({ url: testRedisUrl(), log: createLog({ service: 'test', level: 'silent' }) });
  world = new CacheWorld(redis);
  await world.open();
});
afterAll(async () => {
  await world.close();
  redis.disconnect();
});

/** One thing that happens; what was seen so far must be right after it. */
class Happening implements fc.AsyncCommand<object, CacheWorld> {
  readonly #text: string;
  readonly #act: (world: CacheWorld) => unknown;

  constructor(text: string, act: (world: CacheWorld) => unknown) {
    this.#text = text;
    this.#act = act;
  }

  check = () => true;

  async run(_model: object, real: CacheWorld): Promise<void> {
    await this.#act(real);
    expect(real.faults).toEqual([]);
  }

  toString = () => this.#text;
}

const gateway = fc.nat({ max: 1 });
const product = fc.constantFrom('1', '2', '3');
const reading: fc.Arbitrary<Reading> = fc.record({
  at: gateway,
  what: fc.constantFrom('list', 'one', 'entities', 'mine'),
  caller: fc.constantFrom('', 'ada', 'bob'),
  noCache: fc.nat({ max: 5 }).map((dice) => dice === 0),
  isSlow: fc.boolean(),
});
const read = reading.map((how) => new Happening(`read ${JSON.stringify(how)}`, (real) => real.read(how)));
const happenings = [
  read,
  read,
  read,
  product.map((id) => new Happening(`change ${id}`, (real) => real.change(id))),
  fc.tuple(gateway, product).map(([at, id]) => new Happening(`write ${id} at ${at}`, (real) => real.write(at, id))),
  gateway.map((at) => new Happening(`hear at ${at}`, (real) => real.hear(at))),
  gateway.map((at) => new Happening(`hear at ${at}`, (real) => real.hear(at))),
  gateway.map((at) => new Happening(`deafen ${at}`, (real) => real.deafen(at))),
  gateway.map((at) => new Happening(`undeafen ${at}`, (real) => real.undeafen(at))),
  fc.constant(new Happening('release', (real) => real.release())),
  fc
    .constantFrom(5, 50, 70, 300, 700)
    .map((seconds) => new Happening(`pass ${seconds} s`, (real) => real.pass(seconds))),
  fc
    .constantFrom('everything' as const, 'entry' as const, 'tag' as const)
    .map((kind) => new Happening(`Redis forgets ${kind}`, (real) => real.forget(kind))),
  fc.boolean().map((is) => new Happening(`failing ${is}`, (real) => Object.assign(real, { failing: is }))),
];

describe('the cache, beside a plain store', () => {
  it('never shows what is older than what was heard, nor what is another caller’s, whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(happenings, { maxCommands: 40, size: 'max' }), async (commands) => {
        world.begin();
        await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
        await world.end();
        expect(world.faults).toEqual([]);
      }),
      { numRuns: 50, endOnFailure: true },
    );

    expect(world.hits).toBeGreaterThan(50);
  }, 120_000);
});
