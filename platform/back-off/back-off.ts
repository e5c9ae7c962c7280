import { setTimeout as delay } from 'node:timers/promises';

/** Between which pauses a back-off moves, in milliseconds. */
export interface BackOffLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** How long to leave something alone that fails again and again. */
export interface BackOff {
  /** What is left of the pause, 0 when it is over. */
  pausedMs(): number;
  /** Begins the next pause and returns its length. */
  failed(): number;
  succeeded(): void;
}

/** A back-off that starts without a pause. */
export function createBackOff(limits: BackOffLimits): BackOff {
  let failures = 0;
  let resumeAt = 0;
  return {
    pausedMs: () => Math.max(0, resumeAt - performance.now()),
    failed: () => {
      failures += 1;
      const pauseMs = backOffMs(failures, limits);
      resumeAt = performance.now() + pauseMs;
      return Math.round(pauseMs);
    },
    succeeded: () => {
      failures = 0;
      resumeAt = 0;
    },
  };
}

/**
 * The pause after so many failures in a row, in milliseconds: doubles from `firstMs` to `longestMs`, less up to half of it
 * by chance, so that those who failed together do not come back together. Never shorter than `firstMs`.
 */
export function backOffMs(failures: number, { firstMs, longestMs }: BackOffLimits): number {
  const ceiling = Math.min(firstMs * 2 ** Math.min(failures - 1, 30), longestMs);
  return Math.max(firstMs, ceiling * (1 - Math.random() / 2));
}

/** Waits; ends early, without a fault, when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined); // only an abort rejects
}
