import type { Dice } from '../chaos/world/dice.ts';
import type { World } from './world/world.ts';

/** What a scenario found; it holds without faults. */
export interface Outcome {
  /** For the table: what was measured, in a line. */
  readonly measured: string;
  /** What is wrong, in sentences. */
  readonly faults: readonly string[];
}

/** Something bad that happens under load, and its goal. */
export interface Scenario {
  readonly name: string;
  readonly goal: string;
  /** Plays it, and leaves the world as it was. `isShort`: fewer repetitions, shorter waits. @throws only for a fault of the scenario itself */
  play(world: World, options: { readonly dice: Dice; readonly isShort: boolean }): Promise<Outcome>;
}

/** The texts of what was found. */
export function faultsOf(found: readonly (readonly [isBad: boolean, text: string])[]): readonly string[] {
  return found.filter(([isBad]) => isBad).map(([, text]) => text);
}
