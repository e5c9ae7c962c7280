/**
 * Plays load against a stack of its own: `npm run load -- [--profile smoke|day|peak] [--report FILE]`. Prints the figures, writes them
 * as JSON beside the page, and ends with 1 when a threshold was not kept.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '@storefront/stack/src/start-stack.ts';
import { type ProfileName, profiles } from './profiles.ts';
import { writeReport } from './report.ts';
import { runLoad } from './run-load.ts';

/** What would bound a load from one address before the graph does. */
const wide = {
  RATE_LIMIT_PER_MINUTE: '1000000000',
  RATE_LIMIT_BURST: '1000000000',
  LIMIT_SOCKETS_PER_USER: '1000',
  LOG_LEVEL: 'warn',
};
const { values } = parseArgs({
  options: { profile: { type: 'string', default: 'smoke' }, report: { type: 'string', default: 'load-report.html' } },
});
if (!(values.profile in profiles)) throw new TypeError(`--profile is one of ${Object.keys(profiles).join(', ')}`);
const profile = profiles[values.profile as ProfileName];
const state = await mkdtemp(join(tmpdir(), 'storefront-load-'));
const progress = (line: string) => void process.stderr.write(`${line}\n`);
const stack = await startStack({ state, ports: 'free', isThrowaway: true, environment: wide, progress });
try {
  const result = await runLoad(stack, profile);
  for (const name of ['browse', 'order', 'event'] as const) {
    const { perSecond: _each, ...figures } = result[name];
    process.stdout.write(`${name.padEnd(8)}${JSON.stringify(figures)}\n`);
  }
  await writeFile(values.report, writeReport(values.profile, result, new Date()));
  await writeFile(values.report.replace(/(\.html)?$/, '.json'), `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${result.broken.join('\n') || 'every threshold was kept'}; ${values.report}\n`);
  process.exitCode = result.broken.length > 0 ? 1 : 0;
} finally {
  await stack.close();
  await rm(state, { recursive: true, force: true });
}
