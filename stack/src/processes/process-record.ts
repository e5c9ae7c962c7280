import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process as the state folder remembers it. With its start time a reused process id is not taken for it. */
export type ProcessRecord = {
  readonly name: string;
  readonly kind: 'launcher' | 'service' | 'server';
  readonly pid: number;
  /** Opaque; equal for the same process only. */
  readonly startTime: string;
  readonly port?: number;
  /** Its data need not last: it may be ended at once. */
  readonly isThrowaway?: boolean;
};

/**
 * When a process started, as the system tells it, or null when there is no such process (a zombie counts as none).
 * Source: proc_pid_stat(5), fields 3 and 22; `ps -o lstart` where there is no /proc.
 */
export function startTimeOf(pid: number): string | null {
  if (process.platform !== 'linux') return startTimeFromPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isGone = fields[0] === 'Z' || fields[0] === 'X';
    return isGone ? null : (fields[19] ?? null);
  } catch {
    return null; // no such process
  }
}

/** True while this very process runs. */
export const isRunning = (record: ProcessRecord): boolean => startTimeOf(record.pid) === record.startTime;

/** The record of a process that runs now. @throws when it has ended already */
export function recordOf(process: Omit<ProcessRecord, 'startTime'>): ProcessRecord {
  const startTime = startTimeOf(process.pid);
  if (startTime === null) throw new Error(`${process.name} (pid ${process.pid}) ended at once`);
  return { ...process, startTime };
}

function startTimeFromPs(pid: number): string | null {
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || null
    );
  } catch {
    return null; // ps says so when there is no such process
  }
}
