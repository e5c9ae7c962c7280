import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isRunning } from './process-record.ts';
import { startProcess } from './start-process.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'start-process-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const startSleep = () =>
  startProcess(
    {
      name: 'sleep',
      kind: 'service',
      program: 'sleep',
      parameters: ['600'],
      environment: process.env,
      folder,
      logFile: join(folder, 'sleep.log'),
    },
    () => undefined,
  );

describe('a process that was started', () => {
  // It could not be started again for a moment: "is running already".
  it('has exited when it has been ended, also when it was dead before anybody heard of it', async () => {
    const running = await startSleep();
    process.kill(running.record.pid, 'SIGKILL');
    while (isRunning(running.record)); // this thread hears of nothing meanwhile

    await running.end({ graceMs: 1_000 });

    expect(running.hasExited()).toBe(true);
  });
});
