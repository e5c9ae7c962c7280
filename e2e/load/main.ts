/** `npm run load`: plays load against a stack of its own and writes a page about it; `--help` tells its options. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oneOf, readCommandLine, text } from '@storefront/platform/process/command-line.ts';
import { startStack } from '@storefront/stack/src/start-stack.ts';
import { profileNames, profiles } from './profiles.ts';
import { writeReport } from './report.ts';
import { runLoad } from './run-load.ts';

/** What would bound a load from one address before the graph does. */
const wide = {
  RATE_LIMIT_PER_MINUTE: '1000000000',
  RATE_LIMIT_BURST: '1000000000',
  LIMIT_SOCKETS_PER_USER: '1000',
  LOG_LEVEL: 'warn',
};
const { options } = readCommandLine({
  usage: 'npm run load',
  does: 'Browses, orders and subscribes for a while, on a stack of its own, and holds what came of it against thresholds.',
  options: {
    profile: oneOf(profileNames, 'how much is asked, and for how long', 'smoke'),
    report: text('FILE', 'the page with the charts; the figures go beside it as JSON', 'load-report.html'),
  },
  more: 'Exit code 1 when a threshold was not kept.',
});
const profile = profiles[options.profile];
const state = await mkdtemp(join(tmpdir(), 'storefront-load-'));
const progress = (line: string) => void process.stderr.write(`${line}\n`);
const stack = await startStack({ state, ports: 'free', isThrowaway: true, environment: wide, progress });
try {
  const result = await runLoad(stack, profile);
  for (const name of ['browse', 'order', 'event'] as const) {
    const { perSecond: _each, ...figures } = result[name];
    process.stdout.write(`${name.padEnd(8)}${JSON.stringify(figures)}\n`);
  }
  await writeFile(options.report, writeReport(options.profile, result, new Date()));
  await writeFile(options.report.replace(/(\.html)?$/, '.json'), `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${result.broken.join('\n') || 'every threshold was kept'}; ${options.report}\n`);
  process.exitCode = result.broken.length > 0 ? 1 : 0;
} finally {
  await stack.close();
  await rm(state, { recursive: true, force: true });
}
