import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Outcome, Scenario } from './scenario.ts';
import { badNetwork } from './scenarios/bad-network.ts';
import { bindingRemoved } from './scenarios/binding-removed.ts';
import { consumerKilled } from './scenarios/consumer-killed.ts';
import { killedAtEachStep } from './scenarios/killed-at-each-step.ts';
import { lateConfirmation } from './scenarios/late-confirmation.ts';
import { oneBindingRemoved } from './scenarios/one-binding-removed.ts';
import { oneKey } from './scenarios/one-key.ts';
import { oversell } from './scenarios/oversell.ts';
import { poison } from './scenarios/poison.ts';
import { postgresKilled } from './scenarios/postgres-killed.ts';
import { rabbitmqFrozen, rabbitmqKilled } from './scenarios/rabbitmq-away.ts';
import { relayKilled } from './scenarios/relay-killed.ts';
import { replyCut } from './scenarios/reply-cut.ts';
import { servicesKilled } from './scenarios/services-killed.ts';
import { throughput } from './scenarios/throughput.ts';
import { twoRelays } from './scenarios/two-relays.ts';
import { createDice } from './world/dice.ts';
import { openWorld, type World } from './world/world.ts';

/** Every scenario, in the order in which they are played. */
export const scenarios: readonly Scenario[] = [
  relayKilled,
  twoRelays,
  poison,
  consumerKilled,
  badNetwork,
  lateConfirmation,
  oversell,
  oneKey,
  replyCut,
  bindingRemoved,
  oneBindingRemoved,
  rabbitmqKilled,
  rabbitmqFrozen,
  servicesKilled,
  killedAtEachStep,
  postgresKilled,
  throughput,
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
    const fault = `the scenario itself failed: ${describeFault(error)}`;
    return { name, goal, measured: 'nothing', facts: {}, faults: [fault], seconds: seconds() };
  }
}

/** The results as a Markdown table, with the seed. */
export function reportOf(results: readonly Result[], seed: number): string {
  const rows = results.map(
    ({ name, goal, measured, faults, seconds }) =>
      `| ${name} | ${goal} | ${faults.length === 0 ? 'holds' : `**${faults.join('; ')}**`} | ${measured} | ${seconds} |`,
  );
  return [
    '| scenario | goal | result | measured | s |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `seed ${seed}`,
  ].join('\n');
}
