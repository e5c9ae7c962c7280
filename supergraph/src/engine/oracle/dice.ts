import { createRandom, pickAtRandom } from '@storefront/platform/testing/random.ts';

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

/** Creates dice. */
export function createDice(seed: number): Dice {
  const next = createRandom(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    chance: (percent) => next() * 100 < percent,
    pick: (items) => pickAtRandom(next, items),
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
