/**
 * Numbers from 0 up to, and not, 1. Equal seeds give equal streams.
 * Source: mulberry32, Tommy Ettinger, public domain
 */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the items, as the random numbers have it. @throws Error when there are none */
export function pickAtRandom<Item>(next: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(next() * items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}
