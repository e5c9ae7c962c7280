/** `npm run shadow`: compares this gateway with the one that it takes over from, by its REST reads; `--help` tells its options. */
import { readFile } from 'node:fs/promises';
import {
  CommandLineFault,
  type Option,
  readCommandLine,
  text,
  texts,
  wholeNumber,
} from '@storefront/platform/process/command-line.ts';
import { startLiveProxy } from './live-proxy.ts';
import { readLog } from './read-log.ts';
import { compareRequest, createReport } from './shadow.ts';

const url = (does: string, fallback?: string): Option<string> => ({
  ...text('URL', fallback === undefined ? does : `${does} (${fallback})`, undefined),
  read(option, [given = fallback]) {
    if (given === undefined) throw new CommandLineFault(`--${option} URL is missing. See --help.`);
    if (!/^https?:/.test(given) || !URL.canParse(given))
      throw new CommandLineFault(`--${option} is no URL: "${given}"`);
    return given;
  },
});

async function run(): Promise<number> {
  const { legacy, ours, log, live, ignore } = readCommandLine({
    usage: 'npm run shadow -- --legacy URL (--log FILE | --live PORT)',
    does: 'Asks two gateways the same REST reads and reports by field what differs.',
    options: {
      legacy: url('the gateway that this one takes over from'),
      ours: url('this one', 'http://127.0.0.1:3000'),
      log: text(
        'FILE',
        'replays the GETs and HEADs of an access log or of lines {"method", "url", "headers"}',
        undefined,
      ),
      live: wholeNumber('a port to stand at in front of the legacy gateway; Ctrl-C ends it and prints the report', {
        least: 0,
        most: 65_535,
        fallback: undefined,
      }),
      ignore: texts('FIELD', 'a field that may differ'),
    },
    more: 'Exit code 1 when something differs.',
    check: (options) =>
      (options.log === undefined) === (options.live === undefined) ? 'either --log FILE or --live PORT' : null,
  }).options;
  const options = { legacyUrl: legacy, oursUrl: ours, ignore };
  const report = createReport();
  if (log !== undefined) {
    const { requests, leftOut } = readLog(await readFile(log, 'utf8'));
    for (const request of requests) report.add(await compareRequest(options, request));
    process.stderr.write(`${requests.length} reads compared, ${leftOut} other lines left out\n`);
  } else {
    const proxy = await startLiveProxy(options, live ?? 0, (comparison) => report.add(comparison));
    process.stderr.write(`http://127.0.0.1:${proxy.port} stands in front of ${legacy}; Ctrl-C ends it\n`);
    await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
    proxy.close();
  }
  process.stdout.write(`${report.text()}\n`);
  return report.isClean() ? 0 : 1;
}

if (import.meta.main) process.exitCode = await run();
