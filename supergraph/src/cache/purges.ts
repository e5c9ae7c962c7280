/**
 * Remembers what was thrown away, and when, by counting. Whoever reads takes the count before; what was read is good for as long as none
 * of its tags has a higher one. So what was read before a change is never kept after it, however late it arrives.
 */
export interface Purges {
  /** The count now. Take it before reading. */
  readonly now: number;
  /** Everything with one of these tags has changed. */
  purge(tags: readonly string[]): void;
  /** Anything may have changed. */
  purgeAll(): void;
  /** True when nothing with one of the tags has changed since. */
  isGood(tags: readonly string[], since: number): boolean;
}

/** Creates a memory of `maxTags` tags; when there are more it takes all for changed. */
export function createPurges(maxTags = 100_000): Purges {
  const purged = new Map<string, number>();
  let count = 0;
  let floor = 0;
  const purgeAll = () => {
    count += 1;
    floor = count;
    purged.clear();
  };
  return {
    get now() {
      return count;
    },
    purge(tags) {
      if (purged.size + tags.length > maxTags) return purgeAll();
      count += 1;
      for (const tag of tags) purged.set(tag, count);
    },
    purgeAll,
    isGood(tags, since) {
      if (since < floor) return false;
      for (const tag of tags) if ((purged.get(tag) ?? 0) > since) return false;
      return true;
    },
  };
}
