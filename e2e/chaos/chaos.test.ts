import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDice } from '../testing/scenarios/dice.ts';
import { scenarios } from './scenarios.ts';
import { openWorld, type World } from './world/world.ts';

/** Those that are short and whose goal is no speed: they hold on a busy machine too. The others: `npm run test:chaos`. */
const names = [
  'relay-killed',
  'two-relays',
  'poison',
  'consumer-killed',
  'bad-network',
  'late-confirmation',
  'oversell',
  'one-key',
  'reply-cut',
  'binding-removed',
  'one-binding-removed',
];

describe('when things break', () => {
  const seed = Date.now() % 1_000_000;
  let state: string;
  let world: World;

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'storefront-chaos-'));
    world = await openWorld(state, () => undefined);
  }, 120_000);
  afterAll(async () => {
    await world?.close();
    await rm(state, { recursive: true, force: true });
  }, 60_000);

  it.each(scenarios.filter(({ name }) => names.includes(name)))(
    '$name: $goal',
    async (scenario) => {
      const { faults, measured } = await scenario.play(world, { dice: createDice(seed), isShort: true });

      expect({ seed, measured, faults }).toEqual({ seed, measured, faults: [] });
    },
    180_000,
  );
});
