import type { Instance } from '@storefront/platform/discovery/discovery.ts';

/**
 * Chooses which SDL of a subgraph is composed while instances of several versions run: the one that most instances have;
 * of equals the one that was seen last. `seen` lists the hashes in the order in which they appeared.
 */
export function chooseHash(instances: readonly Instance[], seen: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { meta } of instances) {
    const hash = meta['sdlHash'];
    if (hash) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  }
  const byPreference = [...counts].sort(
    ([a, countA], [b, countB]) => countB - countA || seen.indexOf(b) - seen.indexOf(a),
  );
  return byPreference[0]?.[0];
}
