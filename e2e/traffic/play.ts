import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import { createDice } from '../chaos/world/dice.ts';
import type { Outcome, Scenario } from './scenario.ts';
import { badSdl } from './scenarios/bad-sdl.ts';
import { catalogueEmptied, consulAway, consulGarbage } from './scenarios/consul.ts';
import { halfUnavailable } from './scenarios/half-unavailable.ts';
import { frozen, killed, subgraphFrozen } from './scenarios/instances.ts';
import { overload } from './scenarios/overload.ts';
import { rolling } from './scenarios/rolling.ts';
import { schemaChange } from './scenarios/schema-change.ts';
import { openWorld, type World } from './world/world.ts';

/** All of them, in the order in which they are played. */
export const scenarios: readonly Scenario[] = [
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

/** What came of a scenario. */
export interface Result extends Outcome {
  readonly name: string;
  readonly goal: string;
  readonly seconds: number;
}

/** How to play. `signal` ends it after the scenario in hand. */
export interface PlayOptions {
  readonly state: string;
  readonly seed: number;
  readonly isShort: boolean;
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** Plays scenarios one after the other in one world; the dice of each are its own, so that one can be played alone. */
export async function playAll(chosen: readonly Scenario[], options: PlayOptions): Promise<Result[]> {
  const { state, say, signal } = options;
  const results: Result[] = [];
  const world = await openWorld(state, say);
  try {
    for (const scenario of chosen) {
      if (signal.aborted) break;
      say(`${scenario.name}: ${scenario.goal}`);
      const result = await play(scenario, world, options);
      say(`${scenario.name}: ${result.faults.length === 0 ? 'holds' : 'DOES NOT HOLD'} (${result.measured})`);
      for (const fault of result.faults) say(`  - ${fault}`);
      results.push(result);
    }
  } finally {
    await world.close();
  }
  return results;
}

async function play(scenario: Scenario, world: World, { seed, isShort }: PlayOptions): Promise<Result> {
  const { name, goal } = scenario;
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  try {
    const outcome = await scenario.play(world, { dice: createDice(seed), isShort });
    return { name, goal, ...outcome, seconds: seconds() };
  } catch (error) {
    await world.tidy();
    const fault = `the scenario itself failed: ${describeFault(error)}`;
    return { name, goal, measured: 'nothing', faults: [fault], seconds: seconds() };
  }
}

/** The results as a Markdown table, with the seed. */
export function reportOf(results: readonly Result[], seed: number): string {
  const rows = results.map(
    ({ name, goal, measured, faults, seconds }) =>
      `| ${name} | ${goal} | ${faults.length === 0 ? 'holds' : `**${faults.join('; ')}**`} | ${measured} | ${seconds} |`,
  );
  const head = ['| scenario | goal | result | measured | s |', '| --- | --- | --- | --- | --- |'];
  return [...head, ...rows, '', `seed ${seed}`].join('\n');
}
