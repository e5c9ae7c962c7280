/** `npm run test:live`: plays the scenarios of live events at full size and prints a table; `--help` tells the rest. Exit code 1 when a goal is missed, 2 for a command line that is not understood. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import { flag, namesOf, readCommandLine } from '@storefront/platform/process/command-line.ts';
import { plays } from './plays.ts';
import { full, small } from './scenarios.ts';
import { openWorld } from './world.ts';

const goals = plays.map(({ name, goal }) => `  ${name.padEnd(16)}${goal}`).join('\n');
const names = plays.map(({ name }) => name);
const { options } = readCommandLine({
  usage: 'npm run test:live',
  does: 'Breaks what carries live events, at full size and on a stack of its own, and prints what subscribers saw.',
  options: {
    only: namesOf(names, 'these scenarios alone'),
    small: flag('fewer subscribers and events'),
    list: flag('prints the scenarios and their goals, and plays none'),
  },
  more: `${goals}\n\nExit code 1 when a goal is missed.`,
});
const say = (line: string) => void process.stderr.write(`${line}\n`);

if (options.list) process.stdout.write(`${goals}\n`);
else await playAll();

async function playAll(): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), 'storefront-live-'));
  const world = await openWorld(state, say);
  const rows: string[] = [];
  try {
    for (const { name, goal, play } of plays) {
      if (!options.only.includes(name)) continue;
      say(`${name}: ${goal}`);
      const { measured, faults } = await play(world, options.small ? small : full).catch((fault: unknown) => ({
        measured: 'nothing',
        faults: [`the scenario itself failed: ${describeFault(fault)}`],
      }));
      const verdict = faults.length === 0 ? 'holds' : `**${faults.join('; ')}**`;
      say(`${name}: ${verdict} (${measured})`);
      rows.push(`| ${name} | ${goal} | ${verdict} | ${measured} |`);
      if (faults.length > 0) process.exitCode = 1;
    }
  } finally {
    await world.close();
    await rm(state, { recursive: true, force: true });
  }
  const head = ['| scenario | goal | result | measured |', '| --- | --- | --- | --- |'];
  process.stdout.write(`${[...head, ...rows].join('\n')}\n`);
}
