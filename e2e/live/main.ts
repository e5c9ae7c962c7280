/** `npm run test:live`: plays the scenarios of live events at full size; `--help` tells its options. */
import { runScenarios } from '../testing/scenarios/command.ts';
import { plays } from './plays.ts';
import { openWorld } from './world.ts';

await runScenarios({
  name: 'live',
  does: 'Breaks what carries live events, at full size and on a stack of its own, and prints what subscribers saw.',
  scenarios: plays,
  openWorld,
});
