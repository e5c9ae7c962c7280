import { readdirSync, readFileSync } from 'node:fs';
import { readStackRecord } from '@storefront/stack/src/state-folder.ts';

/** Processor time by what used it, in milliseconds; replicas of a service are one, and so is a server with its children. */
export type CpuTime = Readonly<Record<string, number>>;

/** Source: proc_pid_stat(5); `sysconf(_SC_CLK_TCK)` is 100 on every Linux of today. */
const MS_PER_TICK = 10;

/** Starts to count what the processes of some state folders use. Call what it returns for the time since. Empty without /proc. */
export function startCpuTime(states: readonly string[]): () => CpuTime {
  const before = readTimes(states);
  return () => {
    const entries = Object.entries(readTimes(states)).map(([name, ms]) => [name, ms - (before[name] ?? 0)] as const);
    return Object.fromEntries(entries);
  };
}

/** `orders 3.1, products 2.0`: milliseconds for each of so many, the dearest first. */
export function describeCpuTime(times: CpuTime, count: number): string {
  const shares = Object.entries(times).map(([name, ms]) => [name, ms / Math.max(1, count)] as const);
  const dear = shares.filter(([, ms]) => ms >= 0.05).toSorted(([, one], [, other]) => other - one);
  const total = shares.reduce((sum, [, ms]) => sum + ms, 0);
  return `${total.toFixed(1)} (${dear.map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join(', ')})`;
}

function readTimes(states: readonly string[]): Record<string, number> {
  if (process.platform !== 'linux') return {};
  const children = Map.groupBy(readProcesses(), ({ parent }) => parent);
  const times: Record<string, number> = { clients: readProcess(process.pid)?.ownMs ?? 0 };
  for (const { name, pid } of states.flatMap((state) => readStackRecord(state)?.processes ?? [])) {
    const service = name.replace(/-\d+$/, '');
    const found = readProcess(pid);
    if (found) times[service] = (times[service] ?? 0) + familyMs(found, children);
  }
  return times;
}

interface ProcessTime {
  readonly pid: number;
  readonly parent: number;
  readonly ownMs: number;
  /** Of children that have ended. */
  readonly endedMs: number;
}

function familyMs(one: ProcessTime, children: ReadonlyMap<number, readonly ProcessTime[]>): number {
  const living = (children.get(one.pid) ?? []).reduce((sum, child) => sum + familyMs(child, children), 0);
  return one.ownMs + one.endedMs + living;
}

function readProcesses(): ProcessTime[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => readProcess(Number(pid)) ?? []);
}

function readProcess(pid: number): ProcessTime | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ms = (field: number) => Number(fields[field - 3] ?? 0) * MS_PER_TICK;
    return { pid, parent: Number(fields[1]), ownMs: ms(14) + ms(15), endedMs: ms(16) + ms(17) };
  } catch {
    return null; // it ended meanwhile
  }
}
