import type { Scenario } from '../testing/scenarios/scenario.ts';
import { badSdl } from './scenarios/bad-sdl.ts';
import { catalogueEmptied, consulAway, consulGarbage } from './scenarios/consul.ts';
import { halfUnavailable } from './scenarios/half-unavailable.ts';
import { frozen, killed, subgraphFrozen } from './scenarios/instances.ts';
import { overload } from './scenarios/overload.ts';
import { rolling } from './scenarios/rolling.ts';
import { schemaChange } from './scenarios/schema-change.ts';
import type { World } from './world/world.ts';

/** All of them, in the order in which they are played. */
export const scenarios: readonly Scenario<World>[] = [
  killed,
  frozen,
  subgraphFrozen,
  halfUnavailable,
  overload,
  catalogueEmptied,
  consulGarbage,
  badSdl,
  schemaChange,
  rolling,
  consulAway,
];
