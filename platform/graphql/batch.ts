import DataLoader from 'dataloader';

const maxBatchSize = 500;

/**
 * Loads by id, all ids of one tick in one call, each id once per loader; make one loader per request. `load` may leave
 * ids out and give them in any order: those it leaves out are null. Source: github.com/graphql/dataloader
 */
export function batchById<K extends string | number, V>(
  load: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>,
): DataLoader<K, V | null> {
  return new DataLoader<K, V | null>(
    async (keys) => {
      const found = await load(keys);
      return keys.map((key) => found.get(key) ?? null);
    },
    { maxBatchSize },
  );
}
