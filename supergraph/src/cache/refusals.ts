import { LRUCache } from 'lru-cache';

/** The fetches that are not to be kept although the graph would have it: their subgraphs said so. */
export interface Refusals {
  has(id: string): boolean;
  add(id: string): void;
}

const maxRefusals = 5_000;

/** Takes subgraphs at their word for `refusalMs`. `id` is a fetch's. */
export function createRefusals(refusalMs = 60_000): Refusals {
  const refused = new LRUCache<string, true>({ max: maxRefusals, ttl: refusalMs });
  return {
    has: (id) => refused.size > 0 && refused.has(id),
    add: (id) => void refused.set(id, true),
  };
}
