/** A planning thread that dies over everything. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', () => process.exit(7));
