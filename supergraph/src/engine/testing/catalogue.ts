import type { Discovery, Instance } from '@storefront/platform/discovery/discovery.ts';

/** A catalogue of services in memory, for tests of what happens behind discovery. */
export interface Catalogue {
  readonly discovery: Pick<Discovery, 'watchServices' | 'watchInstances'>;
  put(instance: Instance): void;
  remove(instance: Instance): void;
  /** Names no service at all, as an agent that has just started. */
  clear(): void;
}

/** Creates an empty catalogue. Watchers are told at once and after each change, as by the real one. */
export function createCatalogue(): Catalogue {
  const instances = new Map<string, Instance>();
  const watchers = new Set<() => void>();
  const tell = () => {
    for (const watcher of watchers) watcher();
  };
  const watch = (watcher: () => void) => {
    watchers.add(watcher);
    watcher();
    return { close: () => void watchers.delete(watcher) };
  };
  return {
    discovery: {
      watchServices: (onChange) =>
        watch(() => {
          const names = new Set([...instances.values()].map(({ name }) => name));
          onChange([...names].map((name) => ({ name, tags: ['subgraph'] })));
        }),
      watchInstances: (name, onChange) =>
        watch(() => onChange([...instances.values()].filter((instance) => instance.name === name))),
    },
    put(instance) {
      instances.set(instance.id, instance);
      tell();
    },
    remove(instance) {
      instances.delete(instance.id);
      tell();
    },
    clear() {
      instances.clear();
      tell();
    },
  };
}
