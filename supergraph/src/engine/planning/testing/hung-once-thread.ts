/** A planning thread that never answers when the file that the environment data name is not there, and leaves it. */
import { existsSync, writeFileSync } from 'node:fs';
import { getEnvironmentData, parentPort } from 'node:worker_threads';

const file = getEnvironmentData('file') as string;
if (existsSync(file)) await import('../plan-worker.ts');
else {
  writeFileSync(file, '');
  parentPort?.on('message', () => undefined);
}
