/**
 * `npm run test:chaos`: breaks things under load and checks that nothing is lost, doubled or oversold.
 * `-- --only NAME` plays one scenario, `--seed N` the same chances again, `--short` fewer repetitions, `--json FILE` writes
 * what was measured, `--list` tells the names. Exit code 1 when a scenario does not hold.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { playAll, reportOf, scenarios } from './play.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    seed: { type: 'string' },
    json: { type: 'string' },
    short: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const say = (line: string) => void process.stderr.write(`${line}\n`);
const chosen = scenarios.filter(({ name }) => values.only === undefined || values.only.includes(name));
const unknown = values.only?.filter((name) => !scenarios.some((scenario) => scenario.name === name)) ?? [];

if (values.list) {
  process.stdout.write(`${scenarios.map(({ name, goal }) => `${name.padEnd(28)}${goal}`).join('\n')}\n`);
} else if (unknown.length > 0) {
  say(`there is no scenario ${unknown.join(', ')}; --list tells them`);
  process.exitCode = 2;
} else {
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const state = await mkdtemp(join(tmpdir(), 'storefront-chaos-'));
  say(`seed ${seed}; logs and data in ${state}`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const results = await playAll(chosen, { state, seed, isShort: values.short, say, signal: stop.signal });
  process.stdout.write(`${reportOf(results, seed)}\n`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ seed, results }, null, 2)}\n`);
  const holds = results.length === chosen.length && results.every(({ faults }) => faults.length === 0);
  if (holds) await rm(state, { recursive: true, force: true });
  else say(`what was logged is in ${state}`);
  process.exitCode = holds ? 0 : 1;
}
