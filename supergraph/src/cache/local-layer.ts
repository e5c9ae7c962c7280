import { LRUCache } from 'lru-cache';
import { type Entry, lifeMsOf } from './entry.ts';
import type { Purges } from './purges.ts';

/** What this process keeps. */
export interface LocalLayer {
  /** What is kept and has not changed since it was read. */
  get(key: string): Entry | undefined;
  /** Keeps an entry that was read when `purges.now` was `since`. */
  set(key: string, entry: Entry, since: number): void;
  clear(): void;
  readonly bytes: number;
  readonly entries: number;
}

interface Kept {
  readonly entry: Entry;
  readonly since: number;
}

/** What this process keeps unless somebody says otherwise. */
export const defaultCacheBytes = 32 * 1024 * 1024;

/** What an entry costs beside its key and its bytes, about. */
const overheadBytes = 400;

/** Creates a layer of at most `maxBytes`, keys and overhead within; what was not used for longest goes first. */
export function createLocalLayer(purges: Purges, maxBytes: number): LocalLayer {
  const kept = new LRUCache<string, Kept>({
    maxSize: Math.max(1, maxBytes),
    maxEntrySize: Math.max(1, Math.floor(maxBytes / 8)),
    sizeCalculation: ({ entry }, key) => entry.bytes.length + 2 * key.length + overheadBytes,
  });
  return {
    get(key) {
      const found = kept.get(key);
      if (!found) return undefined;
      if (purges.isGood(found.entry.tags, found.since)) return found.entry;
      kept.delete(key);
      return undefined;
    },
    set(key, entry, since) {
      if (maxBytes > 0 && lifeMsOf(entry) > 0 && purges.isGood(entry.tags, since)) kept.set(key, { entry, since });
    },
    clear: () => kept.clear(),
    get bytes() {
      return kept.calculatedSize;
    },
    get entries() {
      return kept.size;
    },
  };
}
