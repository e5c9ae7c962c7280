const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;

/** How long to leave something alone that fails again and again. */
export interface BackOff {
  /** What is left of the pause, 0 when it is over. */
  pausedMs(): number;
  /** Begins the next pause and returns its length. */
  failed(): number;
  succeeded(): void;
}

/** A back-off that starts without a pause. */
export function createBackOff(): BackOff {
  let failures = 0;
  let resumeAt = 0;
  return {
    pausedMs: () => Math.max(0, resumeAt - performance.now()),
    failed: () => {
      failures += 1;
      const pauseMs = backOffMs(failures);
      resumeAt = performance.now() + pauseMs;
      return Math.round(pauseMs);
    },
    succeeded: () => {
      failures = 0;
      resumeAt = 0;
    },
  };
}

/** The pause after so many failures in a row: doubles from 200 ms to 30 s, less up to half of it by chance. */
export function backOffMs(failures: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return Math.max(FIRST_PAUSE_MS, longest * (1 - Math.random() / 2));
}
