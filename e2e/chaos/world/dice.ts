/** Chance that can be repeated: the same seed gives the same throws. */
export interface Dice {
  /** A number from 0 up to, and not, 1. */
  next(): number;
  /** A whole number from 0 up to, and not, `below`. */
  below(below: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** Dice from a seed. Source: mulberry32, Tommy Ettinger, public domain */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
  };
}
