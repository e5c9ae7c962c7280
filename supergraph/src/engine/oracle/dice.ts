/** A stream of choices that a seed decides. Equal seeds give equal streams. */
export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  /** True in about `percent` of 100 throws. */
  chance(percent: number): boolean;
  /** One of the items. @throws Error when there are none */
  pick<Item>(items: readonly Item[]): Item;
  /** At least `least` and at most `most` of the items, in their order. */
  some<Item>(items: readonly Item[], least: number, most?: number): readonly Item[];
}

/** Creates dice. Source: mulberry32, public domain (T. Ettinger) */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    chance: (percent) => next() * 100 < percent,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
    some(items, least, most = items.length) {
      const count = Math.min(items.length, least + below(Math.max(1, most - least + 1)));
      const left = items.map((_, index) => index);
      const taken = Array.from({ length: count }, () => left.splice(below(left.length), 1)[0] ?? 0);
      return taken.sort((one, other) => one - other).flatMap((index) => items.slice(index, index + 1));
    },
  };
}

/** A whole number from 0 to 2^32 - 1 for a text. Source: FNV-1a, with murmur3's final mix */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
