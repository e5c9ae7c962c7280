/** `npm run fuzz -- --cases N --seed S [--defer | --stock]`: compares the engine with graphql-js, and says how far it is after each few seconds. */
import { parseArgs } from 'node:util';
import { describeFailure, describeProgress } from './describe-failure.ts';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    defer: { type: 'boolean', default: false },
    stock: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];
if (!Number.isSafeInteger(cases) || !Number.isSafeInteger(seed) || cases < 1 || seed < 0) {
  process.stderr.write('--cases and --seed take whole numbers\n');
  process.exit(2);
}
const startedAt = performance.now();
const say = (line: string) => process.stdout.write(`${line}\n`);
let saidAt = startedAt;

say(`seed ${seed}`);
const summary = await fuzz({
  seed,
  cases,
  inParts: values.defer,
  besideStock: values.stock,
  onProgress(progress) {
    if (performance.now() - saidAt < 5_000) return;
    saidAt = performance.now();
    say(describeProgress(progress, saidAt - startedAt));
  },
});
say(describeProgress(summary, performance.now() - startedAt));
for (const [name, count] of Object.entries(summary.passedBy)) say(`  passed by: ${count} · ${name}`);
if (values.stock) {
  const { same, other, wrong } = summary.stock;
  say(
    `  executeQueryPlan: right in ${same + other}, the same data in ${same}, other data in ${other}; wrong in ${wrong}`,
  );
}
if (summary.failure) say(`\n${describeFailure(summary.failure)}`);
process.exit(summary.failure ? 1 : 0);
