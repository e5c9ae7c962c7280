/** `npm run fuzz`: compares the engine with graphql-js, and says how far it is after each few seconds; `--help` tells its options. */
import { flag, readCommandLine, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { describeFailure, describeProgress } from './describe-failure.ts';
import { fuzz } from './fuzz.ts';

const most = Number.MAX_SAFE_INTEGER;
const { options } = readCommandLine({
  usage: 'npm run fuzz',
  does: 'Asks random operations of random graphs, and compares what the engine answers with what graphql-js does.',
  options: {
    cases: wholeNumber('how many', { least: 1, most, fallback: 20_000 }),
    seed: wholeNumber('the same cases again; it is told at the start', { least: 0, most, fallback: undefined }),
    defer: flag('operations with @defer, in parts'),
    stock: flag('ask executeQueryPlan of @apollo/gateway too'),
  },
  more: 'Exit code 1 at the first difference, which is made small and shown.',
});
const { cases, seed = Date.now() % 1_000_000_000 } = options;
const startedAt = performance.now();
const say = (line: string) => process.stdout.write(`${line}\n`);
let saidAt = startedAt;

say(`seed ${seed}`);
const summary = await fuzz({
  seed,
  cases,
  inParts: options.defer,
  besideStock: options.stock,
  onProgress(progress) {
    if (performance.now() - saidAt < 5_000) return;
    saidAt = performance.now();
    say(describeProgress(progress, saidAt - startedAt));
  },
});
say(describeProgress(summary, performance.now() - startedAt));
for (const [name, count] of Object.entries(summary.passedBy)) say(`  passed by: ${count} · ${name}`);
if (options.stock) {
  const { same, other, wrong } = summary.stock;
  say(
    `  executeQueryPlan: right in ${same + other}, the same data in ${same}, other data in ${other}; wrong in ${wrong}`,
  );
}
if (summary.failure) say(`\n${describeFailure(summary.failure)}`);
process.exit(summary.failure ? 1 : 0);
