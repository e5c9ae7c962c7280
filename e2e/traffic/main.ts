/** `npm run test:traffic`: breaks instances, subgraphs, Consul and deploys under load; `--help` tells its options. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flag, namesOf, readCommandLine, text, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { playAll, reportOf, scenarios } from './play.ts';

const { options } = readCommandLine({
  usage: 'npm run test:traffic',
  does: 'Breaks instances, subgraphs, Consul and deploys under load, on a stack of its own, and prints what clients saw.',
  options: {
    only: namesOf(
      scenarios.map(({ name }) => name),
      'these scenarios alone',
    ),
    seed: wholeNumber('the same chances again', { least: 0, most: Number.MAX_SAFE_INTEGER, fallback: undefined }),
    short: flag('fewer repetitions, shorter waits'),
    list: flag('only tell the scenarios and their goals'),
    json: text('FILE', 'write what was measured there too', undefined),
  },
  more: 'Exit code 1 when a goal is missed.',
});
const say = (line: string) => void process.stderr.write(`${line}\n`);
const chosen = scenarios.filter(({ name }) => options.only.includes(name));

if (options.list) {
  process.stdout.write(`${scenarios.map(({ name, goal }) => `${name.padEnd(20)}${goal}`).join('\n')}\n`);
} else {
  const seed = options.seed ?? Date.now() % 1_000_000;
  const state = await mkdtemp(join(tmpdir(), 'storefront-traffic-'));
  say(`seed ${seed}; logs and data in ${state}`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const results = await playAll(chosen, { state, seed, isShort: options.short, say, signal: stop.signal });
  process.stdout.write(`${reportOf(results, seed)}\n`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify({ seed, results }, null, 2)}\n`);
  const holds = results.length === chosen.length && results.every(({ faults }) => faults.length === 0);
  if (holds) await rm(state, { recursive: true, force: true });
  else say(`what was logged is in ${state}`);
  process.exitCode = holds ? 0 : 1;
}
