/**
 * `npm run shadow -- --legacy URL`: compares this gateway with the one that it takes over from, by its REST reads, and reports what differs by field.
 * `--log FILE` replays the reads of a log, `--live PORT` stands in front of the legacy gateway; `--ours URL` (http://127.0.0.1:3000), `--ignore FIELD`
 * (several times), `--json`. Exit code 1 when something differs.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startLiveProxy } from './live-proxy.ts';
import { readLog } from './read-log.ts';
import { compareRequest, createReport } from './shadow.ts';

const usage =
  'npm run shadow -- --legacy URL (--log FILE | --live PORT) [--ours URL] [--ignore FIELD]...\n' +
  '--log: lines of JSON {"method", "url", "headers"} or an access log; only GET and HEAD are sent, to both\n' +
  '--live: a proxy in front of the legacy gateway; Ctrl-C ends it and prints the report\n';

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      legacy: { type: 'string' },
      ours: { type: 'string', default: 'http://127.0.0.1:3000' },
      log: { type: 'string' },
      live: { type: 'string' },
      ignore: { type: 'string', multiple: true },
    },
  });
  const { legacy, ours, log, live, ignore = [] } = values;
  if (!URL.canParse(legacy ?? '') || !URL.canParse(ours) || (log === undefined) === (live === undefined)) {
    process.stderr.write(usage);
    return 2;
  }
  const options = { legacyUrl: legacy ?? '', oursUrl: ours, ignore };
  const report = createReport();
  if (log !== undefined) {
    const { requests, leftOut } = readLog(await readFile(log, 'utf8'));
    for (const request of requests) report.add(await compareRequest(options, request));
    process.stderr.write(`${requests.length} reads compared, ${leftOut} other lines left out\n`);
  } else {
    const proxy = await startLiveProxy(options, Number(live), (comparison) => report.add(comparison));
    process.stderr.write(`http://127.0.0.1:${proxy.port} stands in front of ${legacy}; Ctrl-C ends it\n`);
    await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
    proxy.close();
  }
  process.stdout.write(`${report.text()}\n`);
  return report.isClean() ? 0 : 1;
}

if (import.meta.main) process.exitCode = await run();
