import type { Generation } from './generation.ts';
import type { Memo } from './memo.ts';

/** What the engine keeps: sizes of now, and counts since the start. */
export interface EngineFigures {
  readonly plans: number;
  readonly planBytes: number;
  readonly planningThreads: number;
  readonly memoBytes: number;
  /** How often all subgraphs answered what they had answered before, and how often not. */
  readonly memoHits: number;
  readonly memoMisses: number;
}

/** Figures that are looked up when they are read. */
export function createFigures(current: () => Generation | null, memo: Memo): EngineFigures {
  return {
    get plans() {
      return current()?.planner.cache.plans ?? 0;
    },
    get planBytes() {
      return current()?.planner.cache.sizeBytes ?? 0;
    },
    get planningThreads() {
      return current()?.planner.threads.running ?? 0;
    },
    get memoBytes() {
      return memo.bytes;
    },
    get memoHits() {
      return memo.hits;
    },
    get memoMisses() {
      return memo.misses;
    },
  };
}
