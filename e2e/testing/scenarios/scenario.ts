import type { Dice } from './dice.ts';

/** What a scenario found. It holds when there are no faults. */
export interface Outcome {
  /** For the table: what was measured, in a line. */
  readonly measured: string;
  /** The same as data. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** What is wrong, in sentences. */
  readonly faults: readonly string[];
}

/** Something bad that happens, and what must hold all the same. */
export interface Scenario<World> {
  readonly name: string;
  readonly goal: string;
  /** Plays it, and leaves the world as it was. `isShort`: fewer repetitions, shorter waits. @throws only for a fault of the scenario itself */
  play(world: World, options: { readonly dice: Dice; readonly isShort: boolean }): Promise<Outcome>;
}

/** What scenarios happen to. */
export interface ScenarioWorld {
  /** Ends what a scenario has begun and not ended. */
  tidy?(): Promise<void>;
  close(): Promise<void>;
}

/** The texts of what was found. */
export function faultsOf(found: readonly (readonly [isBad: boolean, text: string])[]): readonly string[] {
  return found.filter(([isBad]) => isBad).map(([, text]) => text);
}
