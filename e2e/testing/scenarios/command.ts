import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flag, namesOf, readCommandLine, text, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { playAll, reportOf } from './play.ts';
import type { Scenario, ScenarioWorld } from './scenario.ts';

/** A command that plays scenarios. */
export interface ScenarioCommand<World> {
  /** The part of `npm run test:...`. */
  readonly name: string;
  /** For `--help`: what it does, in a sentence. */
  readonly does: string;
  readonly scenarios: readonly Scenario<World>[];
  /** Starts what they happen to in a state folder. */
  openWorld(state: string, say: (line: string) => void): Promise<World>;
}

/**
 * Reads the command line, plays what it asks for and prints a table. Exit code 1 when a scenario does not hold (then the state folder stays, and is named), 2 for a command line
 * that is not understood.
 */
export async function runScenarios<World extends ScenarioWorld>({
  name,
  does,
  scenarios,
  openWorld,
}: ScenarioCommand<World>): Promise<void> {
  const { options } = readCommandLine({
    usage: `npm run test:${name}`,
    does,
    options: {
      only: namesOf(
        scenarios.map((scenario) => scenario.name),
        'these scenarios alone',
      ),
      seed: wholeNumber('the same chances again', { least: 0, most: Number.MAX_SAFE_INTEGER, fallback: undefined }),
      short: flag('fewer repetitions, shorter waits'),
      list: flag('only tell the scenarios and their goals'),
      json: text('FILE', 'write what was measured there too', undefined),
    },
    more: 'Exit code 1 when a scenario does not hold.',
  });
  if (options.list) {
    const width = Math.max(...scenarios.map((scenario) => scenario.name.length)) + 2;
    process.stdout.write(scenarios.map((scenario) => `${scenario.name.padEnd(width)}${scenario.goal}\n`).join(''));
    return;
  }
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const chosen = scenarios.filter((scenario) => options.only.includes(scenario.name));
  const seed = options.seed ?? Date.now() % 1_000_000;
  const state = await mkdtemp(join(tmpdir(), `storefront-${name}-`));
  say(`seed ${seed}; logs and data in ${state}`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const world = await openWorld(state, say);
  const playing = playAll(chosen, world, { seed, isShort: options.short, say, signal: stop.signal });
  const results = await playing.finally(() => world.close());
  process.stdout.write(`${reportOf(results, seed)}\n`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify({ seed, results }, null, 2)}\n`);
  const holds = results.length === chosen.length && results.every(({ faults }) => faults.length === 0);
  if (holds) await rm(state, { recursive: true, force: true });
  else say(`what was logged is in ${state}`);
  process.exitCode = holds ? 0 : 1;
}
