import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { Pool } from 'undici';

/** The connections to the instances of the subgraphs: one pool each. */
export interface Pools {
  /** The pool of an instance, opened at the first call. */
  of(instance: Instance): Pool;
  /** Closes the pools of a subgraph's instances that are not among these, each when its last request has ended. */
  keepOnly(subgraph: string, instances: readonly Instance[]): void;
  /** Ends when every request has ended. */
  close(): Promise<void>;
}

const connectTimeoutMs = 1_000;
const maxConnections = 64;

/** Opens pools on demand. An instance is told apart by subgraph, address and port. */
export function createPools(): Pools {
  const pools = new Map<string, { subgraph: string; pool: Pool }>();
  const closing = new Set<Promise<void>>();
  const release = (key: string, pool: Pool) => {
    pools.delete(key);
    const closed = pool.close().catch(() => undefined);
    closing.add(closed);
    void closed.then(() => closing.delete(closed));
  };
  return {
    of(instance) {
      const key = keyOf(instance);
      const known = pools.get(key);
      if (known) return known.pool;
      const pool = new Pool(originOf(instance), {
        connections: maxConnections,
        // Each request has a deadline of its own.
        headersTimeout: 0,
        bodyTimeout: 0,
        connect: { timeout: connectTimeoutMs },
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
