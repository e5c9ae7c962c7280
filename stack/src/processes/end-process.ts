import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessRecord } from './process-record.ts';
import { isRunning } from './process-record.ts';

const pollMs = 25;

/**
 * Ends a recorded process and its group, and returns when it is gone: the signal first (to the process alone, so that it
 * can end its children in order), SIGKILL to the whole group after `graceMs`. Does nothing when that process is not
 * running any more, even when its id has been given to another.
 */
export async function endProcess(
  record: ProcessRecord,
  { signal = 'SIGTERM', graceMs }: { signal?: NodeJS.Signals; graceMs: number },
): Promise<'ended' | 'killed' | 'was gone'> {
  if (!isRunning(record)) return 'was gone';
  send(record.pid, signal);
  const isEnded = await waitUntilGone(record, graceMs);
  if (isEnded) return 'ended';
  if (record.kind === 'launcher') send(record.pid, 'SIGKILL');
  else send(-record.pid, 'SIGKILL');
  await waitUntilGone(record, 5_000);
  return 'killed';
}

/** Resolves true once the process is gone, false when it still runs after `timeoutMs`. */
export async function waitUntilGone(record: ProcessRecord, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isRunning(record)) {
    if (performance.now() > deadline) return false;
    await delay(pollMs);
  }
  return true;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
