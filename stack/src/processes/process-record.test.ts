import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { endProcess } from './end-process.ts';
import { isRunning, recordOf } from './process-record.ts';

describe('a recorded process', () => {
  it('is not taken for another that has got its id', async () => {
    const own = recordOf({ name: 'own', kind: 'service', pid: process.pid });
    const earlier = { ...own, startTime: '1' };

    const outcome = await endProcess(earlier, { graceMs: 10 });

    expect(isRunning(own)).toBe(true);
    expect(isRunning(earlier)).toBe(false);
    expect(outcome).toBe('was gone');
  });

  it('is killed when it does not end in its time', async () => {
    const child = spawn(
      process.execPath,
      ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6); console.log("up")'],
      { detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    await once(child.stdout, 'data');
    const record = recordOf({ name: 'stubborn', kind: 'service', pid: child.pid ?? 0 });

    const outcome = await endProcess(record, { graceMs: 100 });

    expect(outcome).toBe('killed');
    expect(isRunning(record)).toBe(false);
  });
});
