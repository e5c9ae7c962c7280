import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import { createDice } from './dice.ts';
import type { Outcome, Scenario, ScenarioWorld } from './scenario.ts';

/** What came of a scenario. */
export interface Result extends Outcome {
  readonly name: string;
  readonly goal: string;
  readonly seconds: number;
}

/** How to play. `signal` ends it after the scenario in hand. */
export interface PlayOptions {
  readonly seed: number;
  readonly isShort: boolean;
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** Plays scenarios one after the other in one world; the dice of each are its own, so that one can be played alone. */
export async function playAll<World extends ScenarioWorld>(
  chosen: readonly Scenario<World>[],
  world: World,
  options: PlayOptions,
): Promise<Result[]> {
  const { say, signal } = options;
  const results: Result[] = [];
  for (const scenario of chosen) {
    if (signal.aborted) break;
    say(`${scenario.name}: ${scenario.goal}`);
    const result = await play(scenario, world, options);
    say(`${scenario.name}: ${result.faults.length === 0 ? 'holds' : 'DOES NOT HOLD'} (${result.measured})`);
    for (const fault of result.faults) say(`  - ${fault}`);
    results.push(result);
  }
  return results;
}

async function play<World extends ScenarioWorld>(
  scenario: Scenario<World>,
  world: World,
  { seed, isShort }: PlayOptions,
): Promise<Result> {
  const { name, goal } = scenario;
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  try {
    const outcome = await scenario.play(world, { dice: createDice(seed), isShort });
    return { name, goal, ...outcome, seconds: seconds() };
  } catch (error) {
    await world.tidy?.();
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
