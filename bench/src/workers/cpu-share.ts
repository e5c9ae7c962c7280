import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = '/sys/fs/cgroup';
/** Short, so that a process that has used its share waits for milliseconds and not for longer than a request may take. */
const periodUs = 10_000;

/**
 * Gives a process so much of one core and no more. What it returns takes the group away once the process has ended, and waits for
 * that for five seconds. Linux alone, and only for root. Source: kernel.org/doc/html/latest/admin-guide/cgroup-v2.html (cpu.max), and the same of version 1
 * @throws Error when control groups cannot be made here
 */
export function limitCpu(pid: number, share: number): () => Promise<void> {
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
  return () => removeWhenEmpty(group);
}

async function removeWhenEmpty(group: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    try {
      return rmdirSync(group);
    } catch {
      await delay(100); // a process of it has not ended yet
    }
  }
  throw new Error(`${group} cannot be removed: a process is left in it`);
}

/** The processes that a process has started and that still run. Source: proc(5) */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
