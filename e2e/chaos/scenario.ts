import type { Dice } from './world/dice.ts';
import type { World } from './world/world.ts';

/** What a scenario found. It holds when there are no faults. */
export interface Outcome {
  /** For the table: what was measured, in a line. */
  readonly measured: string;
  /** The same as data. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** What is wrong, in sentences. */
  readonly faults: readonly string[];
}

/** Something bad that happens, and what must hold all the same. */
export interface Scenario {
  readonly name: string;
  readonly goal: string;
  /** Plays it. `isShort`: fewer repetitions, for every test run. @throws only for a fault of the scenario itself */
  play(world: World, options: { readonly dice: Dice; readonly isShort: boolean }): Promise<Outcome>;
}
