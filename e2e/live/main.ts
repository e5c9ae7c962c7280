/** `npm run test:live`: plays the scenarios of live events and prints what was measured; `--help` tells its options. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flag, namesOf, readCommandLine } from '@storefront/platform/process/command-line.ts';
import * as scenarios from './scenarios.ts';
import { openWorld } from './world.ts';

const { full, small, ...plays } = scenarios;
const { options } = readCommandLine({
  usage: 'npm run test:live',
  does: 'Breaks what carries live events, at full size and on a stack of its own, and prints what subscribers saw.',
  options: {
    only: namesOf(Object.keys(plays), 'these scenarios alone'),
    small: flag('fewer subscribers and events'),
  },
});
const chosen = Object.entries(plays).filter(([name]) => options.only.includes(name));
const state = await mkdtemp(join(tmpdir(), 'storefront-live-'));
const world = await openWorld(state, (line) => void process.stderr.write(`${line}\n`));
try {
  for (const [name, play] of chosen) {
    const result = await play(world, options.small ? small : full);
    process.stdout.write(`${name}: ${JSON.stringify(result)}\n`);
  }
} finally {
  await world.close();
  await rm(state, { recursive: true, force: true });
}
