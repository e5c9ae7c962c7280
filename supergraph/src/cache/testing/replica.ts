import { createLog } from '@storefront/platform/log/log.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import type { SubgraphClient } from '../../subgraphs/client.ts';
import { type MemoryGraph, startMemoryGraph } from '../../engine/testing/memory-graph.ts';
import { aRequest } from '../../engine/testing/test-graph.ts';
import { encodeResult } from '../../engine/result.ts';
import type { OperationRequest } from '../../engine/engine.ts';
import { createEntityCache, type EntityCache, type EntityCacheDeps } from '../entity-cache.ts';
import { createSharedLayer, type SharedLayer } from '../shared-layer.ts';
import { type ShopStore, shopSubgraphs, watchClient, type Watched } from './cached-shop.ts';

/** One gateway's engine and cache over the shop and a Redis that others share. */
export interface Replica {
  readonly cache: EntityCache;
  readonly shared: SharedLayer;
  readonly graph: MemoryGraph;
  readonly watched: Watched;
  /** The data of an answer. */
  ask(source: string, part?: Partial<OperationRequest>): Promise<unknown>;
  close(): Promise<void>;
}

const log = createLog({ service: 'test', level: 'silent' });

/** Starts one. */
export async function startReplica(
  store: ShopStore,
  {
    redis,
    prefix,
    restMs = 50,
    ...deps
  }: { readonly redis: Redis; readonly prefix: string; readonly restMs?: number } & Omit<EntityCacheDeps, 'shared'>,
): Promise<Replica> {
  const { watched, wrap } = watchClient();
  const shared = createSharedLayer({ redis, log }, { prefix, restMs });
  const cache = createEntityCache({ ...deps, shared });
  const graph = await startMemoryGraph(shopSubgraphs(store), { wrap: (client: SubgraphClient) => wrap(client), cache });
  return {
    cache,
    shared,
    graph,
    watched,
    async ask(source, part = {}) {
      const result = await graph.engine.execute({ ...aRequest(source), ...part });
      return (JSON.parse(String(encodeResult(result))) as { data: unknown }).data;
    },
    async close() {
      await graph.close();
      shared.close();
    },
  };
}
