/** `npm run test:traffic`: breaks instances, subgraphs, Consul and deploys under load; `--help` tells its options. */
import { runScenarios } from '../testing/scenarios/command.ts';
import { scenarios } from './scenarios.ts';
import { openWorld } from './world/world.ts';

await runScenarios({
  name: 'traffic',
  does: 'Breaks instances, subgraphs, Consul and deploys under load, on a stack of its own, and prints what clients saw.',
  scenarios,
  openWorld,
});
