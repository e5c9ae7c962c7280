import { setTimeout as delay } from 'node:timers/promises';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { compareIds, type Cursor, CursorExpired } from './cursor.ts';
import { beginning, type LiveEntry, type LiveStore } from './live-store.ts';
import type { WakeListener, Wakes } from './wakes.ts';

/** An event on its way to a subscriber, and where it stands in the subscriber's stream. */
export interface LiveEvent {
  readonly event: DomainEvent;
  readonly cursor: string;
}

export interface FeedOptions {
  readonly stream: string;
  /** Go on after this entry, or from this moment on; null to begin now. */
  readonly after: Cursor | null;
  /** Ends the feed. */
  readonly signal: AbortSignal;
  /** How many entries wait in memory for a slow reader; what is beyond is read from Redis again. Default 64. */
  readonly maxBuffered?: number;
  /** How long Redis may be away while the feed has to read. Default 30,000. */
  readonly patienceMs?: number;
}

/**
 * The events of one stream for one subscriber: in order, nothing twice, nothing missed.
 *
 * A wake brings an entry with the id of the entry before it. When that is the newest entry the feed holds, the new one is
 * handed on as it is. In every other case (joined with a cursor, reader too slow, wakes lost or out of order, Redis
 * reconnected) the feed is behind, and reads on from the stream itself. Reading proves the same thing: the first entry must
 * name the one that the feed holds (one that began at a moment: an earlier one); when it does not, entries are gone, and the feed ends with CursorExpired instead of
 * leaving a gap; so it does at once when it is told that Redis has lost the streams. Memory is bounded by `maxBuffered` entries.
 *
 * Attached to the wakes before the promise resolves; @throws CursorExpired at once when `after` is too old. Later on the feed
 * waits while Redis is away, and ends with its fault after `patienceMs`.
 */
export async function openFeed(
  deps: { store: LiveStore; wakes: Wakes },
  options: FeedOptions,
): Promise<AsyncIterableIterator<LiveEvent, undefined>> {
  const { stream, signal, after } = options;
  if (after && after.epoch !== null && after.epoch !== (await deps.store.epoch())) throw new CursorExpired();
  const feed = new Feed(deps.store, options, after ?? { id: await deps.store.lastId(stream), epoch: null });
  feed.detach = await deps.wakes.attach(stream, feed);
  signal.addEventListener('abort', () => {
    feed.detach(); // also when nobody has begun to read
    feed.wakeReader();
  });
  try {
    signal.throwIfAborted();
    await feed.catchUp();
  } catch (error) {
    feed.detach();
    throw error;
  }
  return feed;
}

type Given = IteratorResult<LiveEvent, undefined>;

type Phase = 'level' | 'behind' | 'reading' | 'reading-and-behind';

/** An iterator by hand: of ten thousand that wait for an event each keeps one promise, where a generator keeps a dozen objects. */
class Feed implements AsyncIterableIterator<LiveEvent, undefined>, WakeListener {
  /** Ends its wakes. */
  detach: () => void = () => undefined;
  readonly #signal: AbortSignal;
  readonly #store: LiveStore;
  readonly #stream: string;
  readonly #maxBuffered: number;
  readonly #patienceMs: number;
  readonly #buffer: LiveEntry[] = [];
  #newest: string;
  #newestEvent: string | null = null;
  /** Until the first entry is there, `newest` may be a moment, which no entry names. */
  #isMoment: boolean;
  #isLost = false;
  #phase: Phase = 'behind';
  #give: ((given: Promise<Given>) => void) | null = null;

  constructor(store: LiveStore, { stream, signal, maxBuffered = 64, patienceMs = 30_000 }: FeedOptions, start: Cursor) {
    this.#store = store;
    this.#signal = signal;
    this.#stream = stream;
    this.#maxBuffered = maxBuffered;
    this.#patienceMs = patienceMs;
    this.#newest = start.id;
    this.#isMoment = start.epoch !== null;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  onWake(entry: LiveEntry): void {
    const order = compareIds(entry.id, this.#newest);
    if (order <= 0) return this.#acceptOld(entry, order);
    const follows = this.#phase === 'level' && entry.previous === this.#newest;
    if (!follows || this.#buffer.length >= this.#maxBuffered) return this.onGap();
    this.#push(entry);
    this.wakeReader();
  }

  /** A wake that came late or twice; or the first of a stream that began anew, whose ids may be those of the lost one. */
  #acceptOld(entry: LiveEntry, order: number): void {
    const isKnown = order === 0 && (this.#newestEvent === null || this.#newestEvent === entry.event.id);
    if (isKnown) return;
    if (order === 0) this.onLoss();
    else this.onGap();
  }

  onLoss(): void {
    this.#isLost = true;
    this.onGap();
  }

  onGap(): void {
    this.#phase = this.#phase === 'reading' || this.#phase === 'reading-and-behind' ? 'reading-and-behind' : 'behind';
    this.wakeReader();
  }

  /** The next event; done when the signal is aborted. Asked again only when it has answered. @throws CursorExpired */
  next(): Promise<Given> {
    if (this.#signal.aborted) return this.return();
    const entry = this.#buffer.shift();
    if (entry) return Promise.resolve({ done: false, value: { event: entry.event, cursor: entry.id } });
    if (this.#phase === 'behind') return this.#nextWhenLevel();
    return new Promise((give) => {
      this.#give = give;
    });
  }

  return(): Promise<Given> {
    this.detach();
    return Promise.resolve({ done: true, value: undefined });
  }

  async #nextWhenLevel(): Promise<Given> {
    try {
      await this.#catchUpPatiently();
    } catch (error) {
      this.detach();
      throw error;
    }
    return this.next();
  }

  async #catchUpPatiently(): Promise<void> {
    const signal = this.#signal;
    const givesUpAt = performance.now() + this.#patienceMs;
    for (let waitMs = 50; !signal.aborted; waitMs = Math.min(1_000, waitMs * 2)) {
      try {
        return await this.catchUp();
      } catch (error) {
        if (error instanceof CursorExpired || performance.now() > givesUpAt) throw error;
        this.#phase = 'behind';
        await delay(waitMs, undefined, { signal }).catch(() => undefined); // only an abort rejects
      }
    }
  }

  async catchUp(): Promise<void> {
    if (this.#isLost) throw new CursorExpired();
    this.#phase = 'reading';
    const entries = await this.#store.readAfter(this.#stream, this.#newest, this.#maxBuffered);
    if (entries.length === 0) await this.#proveNothingIsGone();
    for (const entry of entries) {
      if (!this.#follows(entry)) throw new CursorExpired();
      this.#push(entry);
    }
    const isBehind = this.#isStillBehind() || entries.length === this.#maxBuffered;
    this.#phase = isBehind ? 'behind' : 'level';
  }

  /** Whether nothing was between what the feed holds and this entry. */
  #follows({ previous }: LiveEntry): boolean {
    return previous === this.#newest || (this.#isMoment && compareIds(previous, this.#newest) <= 0);
  }

  /** A wake may have come while the stream was read. */
  #isStillBehind(): boolean {
    return this.#phase === 'reading-and-behind';
  }

  async #proveNothingIsGone(): Promise<void> {
    if (this.#newest === beginning || this.#isMoment) return;
    const last = await this.#store.lastId(this.#stream);
    if (compareIds(last, this.#newest) < 0) throw new CursorExpired();
  }

  #push(entry: LiveEntry): void {
    this.#buffer.push(entry);
    this.#newest = entry.id;
    this.#isMoment = false;
    this.#newestEvent = entry.event.id;
  }

  /** Has a reader that waits look again. */
  wakeReader(): void {
    const give = this.#give;
    this.#give = null;
    give?.(this.next());
  }
}
