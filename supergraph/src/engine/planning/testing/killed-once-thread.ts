/** A planning thread that dies over what it is asked when the file that the environment data name is not there, and leaves it. */
import { existsSync, writeFileSync } from 'node:fs';
import { getEnvironmentData, parentPort } from 'node:worker_threads';

const file = getEnvironmentData('file') as string;
if (existsSync(file)) await import('../plan-worker.ts');
else
  parentPort?.on('message', () => {
    writeFileSync(file, '');
    process.exit(7);
  });
