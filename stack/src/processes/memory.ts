import { readdirSync, readFileSync } from 'node:fs';

/**
 * The memory of a process, or of it and all its descendants, in MiB: proportional set size, which counts shared pages
 * once; null where that cannot be told (no /proc). Source: proc_pid_smaps_rollup
 */
export function memoryMebibytes(pid: number, { isFamily }: { isFamily: boolean }): number | null {
  if (process.platform !== 'linux') return null;
  const kibibytes = (isFamily ? familyOf(pid) : [pid]).map(proportionalKibibytes).reduce((sum, one) => sum + one, 0);
  return Math.round(kibibytes / 1_024);
}

function familyOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const family = [pid];
  for (const member of family)
    family.push(...parents.filter(([, parent]) => parent === member).map(([child]) => child));
  return family;
}

function parentOf(pid: number): number {
  const stat = textOf(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

const proportionalKibibytes = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // ended in the meantime, or another user's
  }
}
