import type { Progress } from '../fault.ts';
import { endProcess } from '../processes/end-process.ts';
import { isRunning } from '../processes/process-record.ts';
import { endLeftovers, readStackRecord } from '../state-folder.ts';

const launcherGraceMs = 60_000;

/** Stops the stack of a state folder: asks its launcher to, and ends what that leaves or has left behind. Resolves to what happened. */
export async function down(state: string, progress: Progress): Promise<string> {
  const record = readStackRecord(state);
  if (!record) return `nothing runs on ${state}`;
  if (isRunning(record.launcher)) {
    progress(`stopping (pid ${record.launcher.pid})`);
    await endProcess(record.launcher, { graceMs: launcherGraceMs });
  }
  await endLeftovers(state, progress);
  return 'stopped';
}
