import { createRandom, pickAtRandom } from '@storefront/platform/testing/random.ts';

/** Chance that can be repeated: the same seed gives the same throws. */
export interface Dice {
  /** A number from 0 up to, and not, 1. */
  next(): number;
  /** A whole number from 0 up to, and not, `below`. */
  below(below: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** Dice from a seed. */
export function createDice(seed: number): Dice {
  const next = createRandom(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (items) => pickAtRandom(next, items),
  };
}
