import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createLog } from '@storefront/platform/log/log.ts';
import { openRedis, openSubscriber, type Redis } from '@storefront/platform/redis/redis.ts';
import { testKeyPrefix, testRedisUrl } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { CursorExpired, readCursor } from './cursor.ts';
import { type LiveEvent, openFeed } from './feed.ts';
import { createLiveStore, type LiveStore, liveStoreDefaults } from './live-store.ts';
import { watchContinuity } from './continuity.ts';
import { anEvent } from './testing/events.ts';
import { createWakes, type Wakes } from './wakes.ts';

describe('the feed', () => {
  let publisher: Redis;
  let subscriber: Redis;
  let prefix: string;
  let store: LiveStore;
  let wakes: Wakes;
  let end: AbortController;

  beforeAll(async () => {
    const log = createLog({ service: 'test', level: 'silent' });
    publisher = await openRedis({ url: testRedisUrl(), log });
    subscriber = await openSubscriber({ url: testRedisUrl(), log });
    wakes = createWakes({ publisher, subscriber });
  });

  beforeEach(() => {
    prefix = testKeyPrefix();
    store = createLiveStore(publisher, { ...liveStoreDefaults, prefix });
    end = new AbortController();
  });

  afterEach(() => end.abort());

  afterAll(async () => {
    await Promise.all([publisher.quit(), subscriber.quit()]);
  });

  const announce = async (event: ReturnType<typeof anEvent>) => wakes.announce(event, await store.append(event));
  const open = (after: string | null = null, maxBuffered = 64) =>
    openFeed(
      { store, wakes },
      {
        stream: store.streamOfUser('1'),
        after: after === null ? null : readCursor(after),
        signal: end.signal,
        maxBuffered,
      },
    );

  async function take(feed: AsyncIterator<LiveEvent>, count: number): Promise<LiveEvent[]> {
    const taken: LiveEvent[] = [];
    while (taken.length < count) {
      const { value, done } = await feed.next();
      if (done) break;
      taken.push(value as LiveEvent);
    }
    return taken;
  }
  const idsOf = (events: readonly LiveEvent[]) => events.map(({ event }) => event.id);

  it('hands on what comes after it was opened', async () => {
    await announce(anEvent('before'));
    const feed = await open();

    await announce(anEvent('one'));
    await announce(anEvent('two'));

    expect(idsOf(await take(feed, 2))).toEqual(['one', 'two']);
  });

  it('never shows an event to a user whom its audience does not name', async () => {
    const feed = await open();

    await announce(anEvent('foreign', ['2']));
    await announce(anEvent('own', ['1', '2']));

    expect(idsOf(await take(feed, 1))).toEqual(['own']);
  });

  it('puts an event that comes twice into the stream once', async () => {
    const feed = await open();

    await announce(anEvent('one'));
    await announce(anEvent('one'));
    await announce(anEvent('two'));

    expect(idsOf(await take(feed, 2))).toEqual(['one', 'two']);
  });

  it('goes on after a cursor, then live, without a gap and without a repeat', async () => {
    for (const id of ['a', 'b', 'c']) await announce(anEvent(id));
    const [first] = await take(await open('0-0'), 1);

    const resumed = await open(first?.cursor);
    await announce(anEvent('d'));

    expect(idsOf(await take(resumed, 3))).toEqual(['b', 'c', 'd']);
  });

  it('reads from the stream what its wakes did not bring', async () => {
    const feed = await open();

    await store.append(anEvent('unannounced'));
    await announce(anEvent('announced'));

    expect(idsOf(await take(feed, 2))).toEqual(['unannounced', 'announced']);
  });

  it('lets a slow reader have everything although it keeps only a few in memory', async () => {
    const feed = await open(null, 4);

    const ids = Array.from({ length: 50 }, (_, index) => `event-${index}`);
    for (const id of ids) await announce(anEvent(id));

    expect(idsOf(await take(feed, 50))).toEqual(ids);
  });

  it('refuses a cursor at once when what follows it was trimmed', async () => {
    const small = createLiveStore(publisher, { prefix: testKeyPrefix(), maxEntries: 0, retentionMs: 60_000 });
    const [placement] = await small.append(anEvent('old'));
    const stream = small.streamOfAll;
    await small.append(anEvent('newer'));
    await publisher.xtrim(stream, 'MAXLEN', 0);

    const opening = openFeed(
      { store: small, wakes },
      { stream, after: readCursor(placement?.id ?? ''), signal: end.signal },
    );

    await expect(opening).rejects.toThrow(CursorExpired);
  });

  it('goes on from a moment, for a client that has seen no event yet', async () => {
    await announce(anEvent('before'));
    const moment = await store.now();
    await until(async () => (await store.now()) !== moment);
    await announce(anEvent('missed'));

    const feed = await open(moment);
    await announce(anEvent('live'));

    expect(idsOf(await take(feed, 2))).toEqual(['missed', 'live']);
  });

  it('refuses a moment when Redis has lost everything since, or what came after it was trimmed', async () => {
    const moment = await store.now();
    await until(async () => (await store.now()) !== moment);
    await announce(anEvent('one'));
    await announce(anEvent('two'));
    await publisher.xtrim(store.streamOfUser('1'), 'MAXLEN', 1);
    await expect(open(moment)).rejects.toThrow(CursorExpired);

    const later = await store.now();
    await publisher.del(...(await publisher.keys(`${prefix}:*`)));

    await expect(open(later)).rejects.toThrow(CursorExpired);
  });

  it('refuses a cursor at once when Redis has lost the stream', async () => {
    await announce(anEvent('one'));
    const [seen] = await take(await open('0-0'), 1);
    await publisher.del(store.streamOfUser('1'));

    await expect(open(seen?.cursor)).rejects.toThrow(CursorExpired);
  });

  it('ends a running subscription with an error when the stream is lost under it', async () => {
    const feed = await open();
    await announce(anEvent('one'));
    await take(feed, 1);

    await publisher.del(store.streamOfUser('1'));
    await announce(anEvent('two'));

    await expect(feed.next()).rejects.toThrow(CursorExpired);
  });

  it('ends with an error when a stream that began anew uses the id of the lost entry again', async () => {
    const feed = await open();
    await announce(anEvent('one'));
    const [seen] = await take(feed, 1);
    const stream = store.streamOfUser('1');

    await publisher.del(stream);
    await publisher.xadd(stream, seen?.cursor ?? '', 'previous', '0-0', 'event', JSON.stringify(anEvent('two')));
    await wakes.announce(anEvent('two'), [{ stream, id: seen?.cursor ?? '', previous: '0-0' }]);

    await expect(feed.next()).rejects.toThrow(CursorExpired);
  });

  it('ends with an error when the clock of a stream that began anew goes behind', async () => {
    const feed = await open();
    await announce(anEvent('one'));
    await take(feed, 1);
    const stream = store.streamOfUser('1');

    await publisher.del(stream);
    await publisher.xadd(stream, '1-0', 'previous', '0-0', 'event', JSON.stringify(anEvent('two')));
    await wakes.announce(anEvent('two'), [{ stream, id: '1-0', previous: '0-0' }]);

    await expect(feed.next()).rejects.toThrow(CursorExpired);
  });

  it('tells every feed within a second when Redis has lost everything, also one that has seen no event', async () => {
    let asked = 0;
    const epoch = async () => {
      const known = await store.epoch();
      asked += 1;
      return known;
    };
    const watch = watchContinuity({ store: { epoch }, wakes, log: { warn: () => undefined } }, { intervalMs: 50 });
    const [fresh, seasoned] = [await open(), await open()];
    await announce(anEvent('one'));
    await take(seasoned, 1);
    const other = await openFeed(
      { store, wakes },
      { stream: store.streamOfUser('2'), after: null, signal: end.signal, maxBuffered: 64 },
    );
    const waiting = [seasoned.next(), other.next(), take(fresh, 2)];
    await until(() => asked > 0);

    await publisher.del(...(await publisher.keys(`${prefix}:*`)));

    for (const reading of waiting) await expect(reading).rejects.toThrow(CursorExpired);
    watch.close();
  });

  it('goes on where it was when Redis answers again', async () => {
    let isAway = false;
    const flaky: LiveStore = {
      ...store,
      readAfter: (...where) => (isAway ? Promise.reject(new Error('Redis is away')) : store.readAfter(...where)),
    };
    const feed = await openFeed(
      { store: flaky, wakes },
      { stream: store.streamOfUser('1'), after: null, signal: end.signal },
    );
    isAway = true;
    await store.append(anEvent('unannounced'));
    await announce(anEvent('announced'));
    const reading = take(feed, 2);

    isAway = false;

    expect(idsOf(await reading)).toEqual(['unannounced', 'announced']);
  });

  it('ends with the fault when Redis stays away for longer than it has patience', async () => {
    const away: LiveStore = { ...store, readAfter: () => Promise.reject(new Error('Redis is away')) };
    const stream = store.streamOfUser('1');
    let isOpen = false;
    const opening: LiveStore = { ...store, readAfter: (...where) => (isOpen ? away : store).readAfter(...where) };
    const feed = await openFeed(
      { store: opening, wakes },
      { stream, after: null, signal: end.signal, patienceMs: 100 },
    );
    isOpen = true;
    await store.append(anEvent('unannounced'));
    await announce(anEvent('announced'));

    await expect(feed.next()).rejects.toThrow('Redis is away');
  });

  it('reads a stream once for all feeds that fall behind at the same time', async () => {
    const commands = await openRedis({ url: testRedisUrl(), log: createLog({ service: 'test', level: 'silent' }) });
    const counted = createLiveStore(commands, { ...liveStoreDefaults, prefix });
    let reads = 0;
    const xrange = commands.xrange.bind(commands);
    Object.assign(commands, { xrange: (...parts: Parameters<typeof xrange>) => ((reads += 1), xrange(...parts)) });
    await counted.append(anEvent('one'));

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => counted.readAfter(counted.streamOfUser('1'), '0-0', 64)),
    );

    expect(reads).toBe(1);
    expect(answers.map((entries) => entries.length)).toEqual(Array(20).fill(1));
    await commands.quit();
  });

  it('takes a wake that comes twice for what it is', async () => {
    const feed = await open();
    await announce(anEvent('one'));
    await announce(anEvent('one'));
    await take(feed, 1);
    await announce(anEvent('one'));
    await announce(anEvent('two'));

    expect(idsOf(await take(feed, 1))).toEqual(['two']);
  });

  it('ends while it waits when it is aborted', async () => {
    const feed = await open();
    const waiting = feed.next();

    end.abort();

    await expect(waiting).resolves.toMatchObject({ done: true });
  });

  it('delivers everything once and in order whatever happens to the wakes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('announced', 'silent', 'repeated', 'late'), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (fates, maxBuffered) => {
          store = createLiveStore(publisher, { ...liveStoreDefaults, prefix: testKeyPrefix() });
          const feed = await open(null, maxBuffered);
          const late: (() => Promise<void>)[] = [];
          const ids = [...fates.keys()].map(String);

          for (const [index, fate] of fates.entries()) {
            const event = anEvent(String(index));
            const placements = await store.append(event);
            if (fate === 'late') late.push(() => wakes.announce(event, placements));
            if (fate !== 'silent' && fate !== 'late') await wakes.announce(event, placements);
            if (fate === 'repeated') await announce(event);
          }
          for (const announceLate of late) await announceLate();
          await announce(anEvent('last'));

          expect(idsOf(await take(feed, ids.length + 1))).toEqual([...ids, 'last']);
        },
      ),
      { numRuns: 50 },
    );
  });
});
