import { npmCommand } from '../config.ts';
import { memoryMebibytes } from '../processes/memory.ts';
import type { ProcessRecord } from '../processes/process-record.ts';
import { isRunning } from '../processes/process-record.ts';
import { readStackRecord } from '../state-folder.ts';

/** The state of one process. `ready` is a service's own word, and that a server's process runs. */
export type ProcessStatus = {
  readonly name: string;
  readonly pid: number;
  readonly port: number | null;
  readonly memoryMebibytes: number | null;
  readonly state: 'ready' | 'waiting' | 'gone';
};
/** The state of a stack. */
export type StackStatus = {
  readonly state: string;
  readonly isRunning: boolean;
  readonly isReady: boolean;
  readonly processes: readonly ProcessStatus[];
  /** Where the graph is, once it is ready. */
  readonly graphql?: string;
};

/** Asks every process of a state folder how it is. */
export async function statusOf(folder: string): Promise<StackStatus> {
  const record = readStackRecord(folder);
  if (!record) return { state: folder, isRunning: false, isReady: false, processes: [] };
  const processes = await Promise.all([record.launcher, ...record.processes].map(processStatus));
  return {
    state: folder,
    isRunning: isRunning(record.launcher),
    isReady: record.description !== undefined && processes.every(({ state }) => state === 'ready'),
    processes,
    ...(record.description?.gateway ? { graphql: record.description.gateway.graphql } : {}),
  };
}

/** The status as a table for people. */
export function statusTable({ state, processes, isRunning: isLauncherRunning, isReady, graphql }: StackStatus): string {
  if (processes.length === 0) return `nothing runs on ${state}`;
  const row = (name: string, pid: string, port: string, memory: string, is: string) =>
    `${name.padEnd(14)}${pid.padStart(8)}${port.padStart(8)}${memory.padStart(10)}  ${is}`;
  const rows = processes.map((one) =>
    row(
      one.name,
      String(one.pid),
      String(one.port ?? '-'),
      one.memoryMebibytes === null ? '-' : `${one.memoryMebibytes} MiB`,
      one.state,
    ),
  );
  const last = isLauncherRunning
    ? (graphql ?? (isReady ? 'the servers alone' : 'not ready yet'))
    : `the launcher has been killed: "${npmCommand('down', state)}" ends what it left behind`;
  return [row('process', 'pid', 'port', 'memory', 'state'), ...rows, '', last].join('\n');
}

async function processStatus(record: ProcessRecord): Promise<ProcessStatus> {
  const { name, pid, port } = record;
  return {
    name,
    pid,
    port: port ?? null,
    memoryMebibytes: isRunning(record) ? memoryMebibytes(pid, { isFamily: record.kind !== 'launcher' }) : null,
    state: await stateOf(record),
  };
}

async function stateOf(record: ProcessRecord): Promise<ProcessStatus['state']> {
  if (!isRunning(record)) return 'gone';
  if (record.kind !== 'service') return 'ready';
  const response = await fetch(`http://127.0.0.1:${record.port}/ready`, { signal: AbortSignal.timeout(2_500) }).catch(
    () => null,
  );
  await response?.body?.cancel();
  return response?.ok ? 'ready' : 'waiting';
}
