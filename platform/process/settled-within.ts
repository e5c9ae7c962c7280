import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a task has ended, well or not, and for at most `ms`: for what the other side may never answer. True when it has ended. */
export async function settledWithin(ms: number, task: Promise<unknown>): Promise<boolean> {
  const late = new AbortController();
  const hasEnded = task.then(
    () => true,
    () => true,
  );
  const isLate = delay(ms, false, { signal: late.signal }).catch(() => false); // only an abort rejects
  return Promise.race([hasEnded, isLate]).finally(() => late.abort());
}
