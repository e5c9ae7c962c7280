import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';
/** Short, so that a process that has used its share waits for milliseconds and not for longer than a request may take. */
const periodUs = 10_000;

/**
 * Gives a process so much of one core and no more, and tells how to end that, which must come after the process. Linux alone, and
 * only for root. Source: kernel.org/doc/html/latest/admin-guide/cgroup-v2.html (cpu.max), and the same of version 1
 * @throws Error when control groups cannot be made here
 */
export function limitCpu(pid: number, share: number): () => void {
  const quotaUs = Math.round(periodUs * share);
  const isSecond = existsSync(join(root, 'cgroup.controllers'));
  const group = join(isSecond ? root : join(root, 'cpu'), `storefront-bench-${pid}`);
  try {
    mkdirSync(group);
    if (isSecond) writeFileSync(join(group, 'cpu.max'), `${quotaUs} ${periodUs}`);
    else {
      writeFileSync(join(group, 'cpu.cfs_period_us'), String(periodUs));
      writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quotaUs));
    }
    writeFileSync(join(group, 'cgroup.procs'), String(pid));
  } catch (cause) {
    throw new Error('shares of a core need Linux, root and control groups of the CPU', { cause });
  }
  return () => rmdirSync(group);
}

/** The processes that a process has started and that still run. Source: proc(5) */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
