import type { Discovery, Instance, Watch } from '@storefront/platform/discovery/discovery.ts';

/** The instances of every subgraph that was ever seen. */
export interface SubgraphInstances {
  /** By subgraph name: those that pass, or the last known ones when the catalogue names none. */
  readonly current: ReadonlyMap<string, readonly Instance[]>;
  /** Calls the listener after each change, and at once for each subgraph that is known. Returns what ends that. */
  onChange(listener: (name: string, instances: readonly Instance[]) => void): () => void;
  /** Calls the listener with each subgraph of which the catalogue names no passing instance any more. Returns what ends that. */
  onLeave(listener: (name: string) => void): () => void;
  close(): void;
}

/**
 * Watches the services that carry `tag` and their passing instances.
 * An empty answer of the catalogue is never taken over, nor is a subgraph that is missing in it: the last known instances
 * stay, and whoever calls them finds out whether they answer.
 */
export function watchSubgraphInstances(
  { discovery }: { readonly discovery: Pick<Discovery, 'watchServices' | 'watchInstances'> },
  { tag = 'subgraph' }: { readonly tag?: string } = {},
): SubgraphInstances {
  const current = new Map<string, readonly Instance[]>();
  const listeners = new Set<(name: string, instances: readonly Instance[]) => void>();
  const leaveListeners = new Set<(name: string) => void>();
  const watches = new Map<string, Watch>();

  const take = (name: string, instances: readonly Instance[]) => {
    if (instances.length === 0) {
      for (const listener of leaveListeners) listener(name);
      return;
    }
    current.set(name, instances);
    for (const listener of listeners) listener(name, instances);
  };
  const services = discovery.watchServices(
    (found) => {
      for (const { name } of found) {
        if (watches.has(name)) continue;
        watches.set(
          name,
          discovery.watchInstances(name, (instances) => take(name, instances)),
        );
      }
    },
    { tag },
  );
  return {
    current,
    onChange(listener) {
      listeners.add(listener);
      for (const [name, instances] of current) listener(name, instances);
      return () => listeners.delete(listener);
    },
    onLeave(listener) {
      leaveListeners.add(listener);
      return () => leaveListeners.delete(listener);
    },
    close() {
      services.close();
      for (const watch of watches.values()) watch.close();
      listeners.clear();
      leaveListeners.clear();
    },
  };
}
