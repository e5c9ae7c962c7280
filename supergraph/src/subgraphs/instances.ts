import type { Instance } from '@storefront/platform/discovery/discovery.ts';

/** The instances of every subgraph that was ever seen. */
export interface SubgraphInstances {
  /** By subgraph name: those that pass, or the last known ones when the catalogue names none. */
  readonly current: ReadonlyMap<string, readonly Instance[]>;
  /** Calls the listener after each change. Returns what ends that. */
  onChange(listener: (name: string, instances: readonly Instance[]) => void): () => void;
  close(): void;
}
