/**
 * The state folder's record of what runs, so that whatever a launcher that was killed left behind can be ended.
 * `launcher.lock` belongs to the one launcher that works on the folder; `stack.json` lists every process it started, each
 * written before the next one starts. Both name processes by id and start time.
 */
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from './config.ts';
import type { StackDescription } from './description.ts';
import type { Progress } from './fault.ts';
import { StackFault } from './fault.ts';
import { endProcess } from './processes/end-process.ts';
import type { ProcessRecord } from './processes/process-record.ts';
import { isRunning, recordOf } from './processes/process-record.ts';
import { endServer } from './servers/server.ts';

/** What `stack.json` holds. The description is there once everything is ready. */
export type StackRecord = {
  readonly launcher: ProcessRecord;
  readonly processes: readonly ProcessRecord[];
  readonly description?: StackDescription;
};

/** A folder that this launcher works on, until `release`. */
export type StateFolder = {
  readonly folder: string;
  started(record: ProcessRecord): void;
  ready(description: StackDescription): void;
  /** Ends whatever is recorded and still runs, then gives the folder up. */
  release(): Promise<void>;
};

const serviceGraceMs = 12_000;
const endOrder = ['consul', 'rabbitmq', 'epmd', 'redis', 'postgres-initdb', 'postgres'];

/**
 * Takes a folder for this launcher and ends what a crashed one left behind.
 * @throws StackFault when a launcher that runs has it
 */
export async function openStateFolder(folder: string, progress: Progress): Promise<StateFolder> {
  mkdirSync(folder, { recursive: true });
  const launcher = recordOf({ name: 'launcher', kind: 'launcher', pid: process.pid });
  takeLock(folder, launcher);
  await endLeftovers(folder, progress);
  let record: StackRecord = { launcher, processes: [] };
  const write = (next: StackRecord) => {
    record = next;
    writeWhole(join(folder, 'stack.json'), JSON.stringify(record, null, 2));
  };
  write(record);
  return {
    folder,
    started: (started) => write({ ...record, processes: [...record.processes.filter(isRunning), started] }),
    ready: (description) => write({ ...record, processes: record.processes.filter(isRunning), description }),
    async release() {
      await endAll(record.processes);
      rmSync(join(folder, 'stack.json'), { force: true });
      rmSync(join(folder, 'launcher.lock'), { force: true });
    },
  };
}

/** What runs in a state folder: null when nothing was started there, or all of it was ended in order. */
export function readStackRecord(folder: string): StackRecord | null {
  const file = join(folder, 'stack.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StackRecord) : null;
}

/** Ends what a launcher that no longer runs has left running. Returns how many processes that were. */
export async function endLeftovers(folder: string, progress: Progress): Promise<number> {
  const record = readStackRecord(folder);
  const left = record?.processes.filter(isRunning) ?? [];
  if (left.length > 0) {
    progress(
      `ending what an earlier launcher left behind: ${left.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ')}`,
    );
    await endAll(left);
  }
  rmSync(join(folder, 'stack.json'), { force: true });
  return left.length;
}

/** Services first, all at once; then the servers, those that others need last. */
async function endAll(processes: readonly ProcessRecord[]): Promise<void> {
  await Promise.all(
    processes.filter(({ kind }) => kind === 'service').map((record) => endProcess(record, { graceMs: serviceGraceMs })),
  );
  const rank = ({ name }: ProcessRecord) => endOrder.indexOf(name);
  for (const record of processes
    .filter(({ kind }) => kind === 'server')
    .toSorted((one, other) => rank(one) - rank(other)))
    await endServer(record);
}

function takeLock(folder: string, launcher: ProcessRecord): void {
  const lock = join(folder, 'launcher.lock');
  const mine = `${lock}.${process.pid}`;
  writeWhole(mine, JSON.stringify(launcher));
  try {
    if (tryLink(mine, lock)) return;
    const holder = lockHolder(lock);
    if (holder && isRunning(holder))
      throw new StackFault(
        `a stack is already running on ${folder} (pid ${holder.pid}). See it with "${npmCommand('status', folder)}", stop it with "${npmCommand('down', folder)}", or choose another --state.`,
      );
    rmSync(lock, { force: true });
    if (!tryLink(mine, lock)) throw new StackFault(`another launcher has just started on ${folder}`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** The launcher that holds the lock; null when there is none, or its file cannot be read. */
function lockHolder(lock: string): ProcessRecord | null {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as ProcessRecord;
  } catch {
    return null; // gone in the meantime
  }
}

/** A hard link is made at once with its content, or not at all. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
