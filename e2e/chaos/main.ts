/** `npm run test:chaos`: breaks things under load and checks that nothing is lost, doubled or oversold; `--help` tells its options. */
import { runScenarios } from '../testing/scenarios/command.ts';
import { scenarios } from './scenarios.ts';
import { openWorld } from './world/world.ts';

await runScenarios({
  name: 'chaos',
  does: 'Breaks things under load, on a stack of its own, and checks that no order is lost, doubled or oversold.',
  scenarios,
  openWorld,
});
