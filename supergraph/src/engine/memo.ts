import type { ExecutionResult } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { KeptFetch } from './compile/replay.ts';
import { copyResult, sizeOfResult } from './result.ts';

/** How an operation went the last time. */
export interface KeptRun {
  readonly fetches: readonly (KeptFetch | undefined)[];
  readonly result: ExecutionResult;
  /** How often in a row the answers have been others. */
  misses: number;
}

/**
 * Remembers how operations went, to save the work when every subgraph answers the same bytes again. Nothing is taken from it without
 * asking the subgraphs: it holds no data that could be old, and nobody gets what was answered to another.
 */
export interface Memo {
  /** How the operation went the last time. */
  recall(key: string): KeptRun | undefined;
  /** Notes that an operation runs. True when it is worth to keep how it goes: it has come before and does not change all the time. */
  isWorthKeeping(key: string): boolean;
  /** Keeps a run; `before` is the one that it differs from. */
  keep(key: string, run: Pick<KeptRun, 'fetches' | 'result'>, before?: KeptRun): void;
  /** How much is kept, about. */
  readonly bytes: number;
  /** How often all answers were those of the last time, and how often not. */
  readonly hits: number;
  readonly misses: number;
  /** Takes note that all answers were those of the last time. */
  hit(run: KeptRun): void;
}

/** What the memo may take unless somebody says otherwise. */
export const defaultMemoBytes = 16 * 1024 * 1024;

const maxSightings = 5_000;
const maxMisses = 3;
/** How often an operation that changed all the time must come before it is tried again. */
const restAfterMisses = 64;

/** Creates a memo of at most `maxBytes`, the least recently used go first. Zero keeps nothing. */
export function createMemo(maxBytes: number): Memo {
  const runs = new LRUCache<string, KeptRun>({
    maxSize: Math.max(1, maxBytes),
    maxEntrySize: Math.max(1, Math.floor(maxBytes / 8)),
    sizeCalculation: sizeOf,
  });
  const sightings = new LRUCache<string, number>({ max: maxSightings });
  const counts = { hits: 0, misses: 0 };
  return {
    recall: (key) => runs.get(key),
    isWorthKeeping(key) {
      if (maxBytes === 0) return false;
      const seen = (sightings.get(key) ?? 0) + 1;
      sightings.set(key, seen);
      return seen > 1;
    },
    hit(run) {
      run.misses = 0;
      counts.hits += 1;
    },
    keep(key, { fetches, result }, before) {
      const misses = before ? before.misses + 1 : 0;
      if (before) counts.misses += 1;
      if (misses < maxMisses) {
        runs.set(key, { fetches: copyBytes(fetches), result: copyResult(result), misses });
        return;
      }
      runs.delete(key);
      sightings.set(key, -restAfterMisses);
    },
    get bytes() {
      return runs.calculatedSize;
    },
    get hits() {
      return counts.hits;
    },
    get misses() {
      return counts.misses;
    },
  };
}

/** What comes from a socket is a piece of a larger buffer, which would be kept as a whole. */
function copyBytes(fetches: KeptRun['fetches']): KeptRun['fetches'] {
  const copies = new Map<KeptFetch | undefined, KeptFetch | undefined>();
  return fetches.map((fetch) => {
    const copy = copies.get(fetch) ?? (fetch && { ...fetch, bytes: Buffer.from(fetch.bytes) });
    copies.set(fetch, copy);
    return copy;
  });
}

function sizeOfFetch({ body, bytes, cached }: KeptFetch): number {
  return (cached ? 2 : 1) * body.length + bytes.length + 200;
}

function sizeOf({ fetches, result }: KeptRun, key: string): number {
  const each = [...new Set(fetches)].map((fetch) => (fetch ? sizeOfFetch(fetch) : 0));
  return each.reduce((sum, size) => sum + size, key.length + sizeOfResult(result) + 500);
}
