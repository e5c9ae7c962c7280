import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';

/** The core that servers under measurement run on, each alone at its time. */
export const gatewayCore = 0;
/** The core of the load, and of whatever stands behind the servers. */
export const loadCore = availableParallelism() - 1;
/** Where everything is written. */
export const results = join(import.meta.dirname, '../results');

/** Says how far the run is, beside the table. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One line on how figures came to be: rounds, connections, the machine. */
export function describeRun(options: { rounds: number; seconds: number; connections: number }): string {
  const { rounds, seconds, connections } = options;
  const processor = cpus()[0]?.model.trim() ?? 'an unknown processor';
  return `Medians of ${rounds} rounds of ${seconds} s, ${connections} connections; ${processor}, ${availableParallelism()} cores, Node ${process.version}.`;
}
