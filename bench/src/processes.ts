import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** A command to run. Its output goes to `logPath`; `core` is the one it may use. */
export interface Program {
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly logPath: string;
  readonly core?: number | undefined;
}

/** A program that runs. */
export interface Running {
  readonly pid: number;
  /** Null while it runs. */
  readonly exitCode: number | null;
  /** SIGTERM, after three seconds SIGKILL; ends when it has ended. */
  stop(): Promise<void>;
}

/** What a process and its children have used: CPU time since their start, memory now. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

const ticksPerSecond = 100;
const pageBytes = 4_096;

/** The command, held to one core where the machine has two. */
export function pinned(
  core: number | undefined,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  const canPin = core !== undefined && process.platform === 'linux' && availableParallelism() > 1;
  return canPin ? ['taskset', '-c', String(core), ...command] : command;
}

/** Starts a program. */
export function startProgram({ command, environment, folder, logPath, core }: Program): Running {
  const log = openSync(logPath, 'w');
  const [file, ...words] = pinned(core, command);
  const child = spawn(file, words, {
    cwd: folder,
    env: { ...inherited(), ...environment },
    stdio: ['ignore', log, log],
  });
  child.once('error', () => undefined);
  closeSync(log);
  return {
    pid: child.pid ?? -1,
    get exitCode() {
      return child.pid === undefined ? 127 : (child.exitCode ?? (child.signalCode ? 1 : null));
    },
    stop: () => stop(child),
  };
}

/**
 * Runs something that starts programs, and ends the programs whatever happens, an interruption included. A fault is told in
 * one line, and the process then ends with 1.
 */
export async function keepTidy(run: (running: Running[]) => Promise<void>): Promise<void> {
  const running: Running[] = [];
  const stopAll = () => Promise.all(running.splice(0).map((program) => program.stop()));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopAll().then(() => process.exit(130)));
  }
  try {
    await run(running);
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n`);
    process.exitCode = 1;
  } finally {
    await stopAll();
  }
}

/** Reads what processes and their children have used together. Source: proc(5) */
export function readUsage(...pids: readonly number[]): Usage {
  const statistics = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStatistics(Number(name)) ?? []);
  const family = new Set(pids);
  for (const { pid: child, parent } of statistics) if (family.has(parent)) family.add(child);
  const ours = statistics.filter((process) => family.has(process.pid));
  const total = (read: (of: (typeof ours)[number]) => number) => ours.reduce((sum, process) => sum + read(process), 0);
  return { cpuMs: total(({ cpuMs }) => cpuMs), rssBytes: total(({ rssBytes }) => rssBytes) };
}

/** How long a core, or all of them together, has been at work since the machine's start. Source: proc(5), /proc/stat */
export function readBusyMs(core: number | undefined): number {
  const name = core === undefined ? 'cpu' : `cpu${core}`;
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name} `));
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = (line ?? '')
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return ((user + nice + system + interrupts + softInterrupts) * 1_000) / ticksPerSecond;
}

/**
 * Waits until a program has written something that matches; resolves with the first group of the match.
 * @throws Error when it ends before, or says nothing of the kind in 20 s
 */
export async function waitForOutput(
  program: Running,
  { logPath, name }: { logPath: string; name: string },
  pattern: RegExp,
): Promise<string> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline && program.exitCode === null) {
    const found = pattern.exec(readFileSync(logPath, 'utf8'))?.[1];
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name} cannot start: see ${logPath}`);
}

function readStatistics(pid: number) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0, pages = 0] = [fields[1], fields[11], fields[12], fields[21]];
    return { pid, parent, cpuMs: ((user + system) * 1_000) / ticksPerSecond, rssBytes: pages * pageBytes };
  } catch {
    return null;
  }
}

/** No setting of the house may reach what is measured. */
function inherited(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, NODE_ENV: 'production' };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await ended;
  clearTimeout(timer);
}
