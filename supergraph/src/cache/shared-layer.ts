import { createHash, randomUUID } from 'node:crypto';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import { createScript } from '@storefront/platform/redis/script.ts';
import { type Entry, lifeMsOf } from './entry.ts';

/** What is looked up: its key, and the tags that it has or would have. */
export interface Wanted {
  readonly key: string;
  readonly tags: readonly string[];
}

/** What was found, and the stamps of its tags at that moment. */
export interface Found {
  readonly entry: Entry | null;
  readonly stamps: string;
}

/** What all replicas keep together, in Redis. Nothing here rejects: without Redis it has nothing and keeps nothing. */
export interface SharedLayer {
  /** Looks things up, in their order, at one moment; null while Redis is not to be used. */
  read(wanted: readonly Wanted[]): Promise<readonly Found[] | null>;
  /** Keeps what was read after `stamps` had been. It counts for nothing when a tag has changed since. */
  write(key: string, entry: Entry, stamps: string): void;
  /**
   * Takes upon this process to fetch these: false where another one is about to, which will have written it in a moment, or has given it up
   * by `release`, or is dead. True for each without Redis.
   */
  lease(keys: readonly string[]): Promise<readonly boolean[]>;
  /** What was leased has been written, or will not be. */
  release(keys: readonly string[]): void;
  /** Throws away all with one of the tags. Until that is done nothing is read. */
  purge(tags: readonly string[]): Promise<void>;
  /** Throws everything away. */
  purgeAll(): Promise<void>;
  readonly isUsable: boolean;
  /** How often Redis failed or was too late. */
  readonly faults: number;
  close(): void;
}

export interface SharedLayerOptions {
  /** What every key begins with. Default `cache`. */
  readonly prefix?: string;
  /** How long a fault keeps everybody from asking Redis again, at first; it doubles up to two seconds. Default 100. */
  readonly restMs?: number;
}

/** The tag of everything. */
const everything = '';
const longestRestMs = 2_000;
/** Stamps outlive whatever was written under them, or else take it along. */
const stampLifeMs = 7 * 24 * 60 * 60 * 1_000;
const maxPending = 1_000;
const maxEntryBytes = 1024 * 1024;
/** Keys of one script: Lua unpacks no more than 8,000 values. */
const maxKeys = 4_000;

/**
 * Every tag has a stamp, a random text. A script reads entries and stamps at one moment, and gives a stamp to tags that have none. An
 * entry is written with the stamps that were read before it was asked for, and is good only while its tags have the same ones. To throw
 * a tag's entries away is to delete its stamp; whoever does it twice or late does no harm. So does a Redis that forgets stamps.
 */
const readScript = `
local count = tonumber(ARGV[1])
local entries, stamps = {}, {}
for at = 1, #KEYS do
  local value = redis.call('GET', KEYS[at])
  if at <= count then entries[at] = value
  else
    if not value then
      value = ARGV[2]
      redis.call('SET', KEYS[at], value, 'PX', ARGV[3])
    end
    stamps[at - count] = value
  end
end
return { entries, stamps }
`;

/** Whoever dies while it fetches keeps others waiting for no longer; none of them waits so long. */
const leaseMs = 1_000;
const leaseScript = createScript(`
local leased = {}
for at = 1, #KEYS do
  leased[at] = redis.call('SET', KEYS[at], '', 'NX', 'PX', ARGV[1]) and 1 or 0
end
return leased
`);

/** Opens the layer. `redis` should have a short time for commands: whoever waits for it waits so long at most. */
export function createSharedLayer(
  { redis, log }: { readonly redis: Redis; readonly log: Pick<Log, 'warn' | 'info'> },
  { prefix = 'cache', restMs = 100 }: SharedLayerOptions = {},
): SharedLayer {
  const layer = new RedisLayer({ redis, log, prefix, restMs });
  const onLost = () => layer.lose();
  redis.on('close', onLost);
  return Object.assign(layer, { close: () => void redis.off('close', onLost) });
}

class RedisLayer implements Omit<SharedLayer, 'close'> {
  readonly #redis: Redis;
  readonly #log: Pick<Log, 'warn' | 'info'>;
  readonly #prefix: string;
  readonly #firstRestMs: number;
  #restMs: number;
  #restsUntilMs = 0;
  /** What could not be thrown away yet. */
  readonly #pending = new Set<string>();
  faults = 0;

  constructor(given: { redis: Redis; log: Pick<Log, 'warn' | 'info'>; prefix: string; restMs: number }) {
    this.#redis = given.redis;
    this.#log = given.log;
    this.#prefix = given.prefix;
    this.#firstRestMs = given.restMs;
    this.#restMs = given.restMs;
  }

  get isUsable(): boolean {
    return this.#redis.status === 'ready' && performance.now() >= this.#restsUntilMs;
  }

  /** A Redis that comes back may be another one, which has not seen the latest deletions. */
  lose(): void {
    this.#owe([everything]);
  }

  async read(wanted: readonly Wanted[]): Promise<readonly Found[] | null> {
    if (!this.isUsable || !(await this.#settle())) return null;
    const tags = [...new Set(wanted.flatMap((one) => one.tags)), everything];
    if (wanted.length + tags.length > maxKeys) return null;
    const keys = [...wanted.map(({ key }) => this.#entryKey(key)), ...tags.map((tag) => this.#tagKey(tag))];
    const answer = await this.#attempt(() =>
      this.#redis.callBuffer('EVAL', readScript, keys.length, ...keys, wanted.length, randomUUID(), stampLifeMs),
    );
    if (!Array.isArray(answer)) return null;
    const [entries, stamps] = answer as [(Buffer | null)[], Buffer[]];
    const stampOf = new Map(tags.map((tag, at) => [tag, stamps[at]?.toString() ?? '']));
    return wanted.map((one, at) => {
      const own = [everything, ...one.tags].map((tag) => stampOf.get(tag) ?? '').join(' ');
      return { entry: readEntry(entries[at], one, own), stamps: own };
    });
  }

  write(key: string, entry: Entry, stamps: string): void {
    const lifeMs = Math.min(Math.ceil(lifeMsOf(entry)), stampLifeMs);
    if (!this.isUsable || lifeMs <= 0 || entry.bytes.length > maxEntryBytes) return;
    const value = Buffer.concat([
      Buffer.from(`${JSON.stringify([entry.askedAtMs, entry.policy, stamps])}\n`),
      entry.bytes,
    ]);
    void this.#attempt(() => this.#redis.set(this.#entryKey(key), value, 'PX', lifeMs));
  }

  async lease(keys: readonly string[]): Promise<readonly boolean[]> {
    if (!this.isUsable || keys.length > maxKeys) return keys.map(() => true);
    const names = keys.map((key) => this.#leaseKey(key));
    const leased = await this.#attempt(() => leaseScript(this.#redis, { keys: names, values: [leaseMs] }));
    return keys.map((_, at) => !Array.isArray(leased) || leased[at] === 1);
  }

  release(keys: readonly string[]): void {
    if (!this.isUsable || keys.length === 0) return;
    void this.#attempt(() => this.#redis.unlink(keys.map((key) => this.#leaseKey(key))));
  }

  async purge(tags: readonly string[]): Promise<void> {
    this.#owe(tags);
    if (this.isUsable) await this.#settle();
  }

  purgeAll(): Promise<void> {
    return this.purge([everything]);
  }

  #owe(tags: readonly string[]): void {
    for (const tag of tags) this.#pending.add(tag);
    if (this.#pending.size <= maxPending) return;
    this.#pending.clear();
    this.#pending.add(everything);
  }

  /** False when something that must be thrown away may still be there. */
  async #settle(): Promise<boolean> {
    if (this.#pending.size === 0) return true;
    const tags = [...this.#pending];
    this.#pending.clear();
    const done = await this.#attempt(() => this.#redis.del(tags.map((tag) => this.#tagKey(tag))));
    if (done === undefined) this.#owe(tags);
    return done !== undefined;
  }

  /** Undefined after a fault, which lets everybody rest. */
  async #attempt<Result>(command: () => Promise<Result>): Promise<Result | undefined> {
    try {
      const result = await command();
      this.#restMs = this.#firstRestMs;
      return result;
    } catch (fault) {
      this.faults += 1;
      if (performance.now() >= this.#restsUntilMs) {
        this.#log.warn({ fault: describeFault(fault), restMs: this.#restMs }, 'the cache does without Redis');
        this.#restsUntilMs = performance.now() + this.#restMs;
        this.#restMs = Math.min(longestRestMs, this.#restMs * 2);
      }
      return undefined;
    }
  }

  #entryKey(key: string): string {
    return `${this.#prefix}:entry:${createHash('sha256').update(key).digest('base64url')}`;
  }

  #leaseKey(key: string): string {
    return this.#entryKey(key).replace(':entry:', ':lease:');
  }

  #tagKey(tag: string): string {
    return `${this.#prefix}:tag:${tag}`;
  }
}

function readEntry(value: Buffer | null | undefined, { tags }: Wanted, stamps: string): Entry | null {
  const end = value?.indexOf('\n') ?? -1;
  if (!value || end < 0) return null;
  const [askedAtMs, policy, written] = JSON.parse(value.toString('utf8', 0, end)) as [
    Entry['askedAtMs'],
    Entry['policy'],
    string,
  ];
  if (written !== stamps) return null;
  return { bytes: Buffer.from(value.subarray(end + 1)), askedAtMs, policy, tags };
}
