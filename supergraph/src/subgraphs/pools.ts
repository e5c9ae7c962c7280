import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { type Connections, createConnections } from './http1/connections.ts';

/** The connections to the instances of the subgraphs. */
export interface Pools {
  /** Those of an instance, opened as they are needed. */
  of(instance: Instance): Connections;
  /** Closes the connections to a subgraph's instances that are not among these, each when its last request has ended. */
  keepOnly(subgraph: string, instances: readonly Instance[]): void;
  /** Ends when every request has ended. */
  close(): Promise<void>;
}

const connectTimeoutMs = 1_000;
const maxConnections = 64;
const maxBodyBytes = 64 * 1_048_576;

/** Opens pools on demand. An instance is told apart by subgraph, address and port. */
export function createPools(): Pools {
  const pools = new Map<string, { subgraph: string; pool: Connections }>();
  const closing = new Set<Promise<void>>();
  const release = (key: string, pool: Connections) => {
    pools.delete(key);
    const closed = pool.close();
    closing.add(closed);
    void closed.then(() => closing.delete(closed));
  };
  return {
    of(instance) {
      const key = keyOf(instance);
      const known = pools.get(key);
      if (known) return known.pool;
      const { address: host, port, meta } = instance;
      const isSecure = meta['scheme'] === 'https';
      const pool = createConnections({
        authority: hostOf(instance),
        host,
        port,
        isSecure,
        connectTimeoutMs,
        maxBodyBytes,
        maxConnections,
      });
      pools.set(key, { subgraph: instance.name, pool });
      return pool;
    },
    keepOnly(subgraph, instances) {
      const kept = new Set(instances.map(keyOf));
      for (const [key, entry] of pools) {
        if (entry.subgraph === subgraph && !kept.has(key)) release(key, entry.pool);
      }
    },
    async close() {
      for (const [key, { pool }] of pools) release(key, pool);
      await Promise.all(closing);
    },
  };
}

/** The `host:port` of an instance, IPv6 in brackets. */
export function hostOf({ address, port }: Instance): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The origin of an instance: `http` unless its meta names another `scheme`. */
export function originOf(instance: Instance): string {
  return `${instance.meta['scheme'] ?? 'http'}://${hostOf(instance)}`;
}

const keyOf = (instance: Instance) => `${instance.name} ${hostOf(instance)}`;
