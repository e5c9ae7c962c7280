/** Plays the scenarios of live events at full size and prints a table: `npm run test:live -- [--only NAME,NAME] [--small]`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as scenarios from './scenarios.ts';
import { openWorld } from './world.ts';

const { full, small, ...plays } = scenarios;
const { values } = parseArgs({ options: { only: { type: 'string' }, small: { type: 'boolean', default: false } } });
const chosen = Object.entries(plays).filter(([name]) => values.only?.split(',').includes(name) ?? true);
const state = await mkdtemp(join(tmpdir(), 'storefront-live-'));
const world = await openWorld(state, (line) => void process.stderr.write(`${line}\n`));
try {
  for (const [name, play] of chosen) {
    const result = await play(world, values.small ? small : full);
    process.stdout.write(`${name}: ${JSON.stringify(result)}\n`);
  }
} finally {
  await world.close();
  await rm(state, { recursive: true, force: true });
}
