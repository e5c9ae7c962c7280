import type { Discovery } from '@storefront/platform/discovery/discovery.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import type { EntityCache } from '../cache/entity-cache.ts';
import type { Composition } from '../composition/composer.ts';
import type { Shares } from '../composition/shares.ts';
import type { Revocations } from '../guards/revocations.ts';
import type { LiveStore } from '../live/live-store.ts';
import type { Wakes } from '../live/wakes.ts';
import type { Balancing } from '../subgraphs/balancing/balancing.ts';
import type { SubgraphInstances } from '../subgraphs/instances.ts';
import type { SubgraphClient } from '../subgraphs/client.ts';

/** What a gateway is built on: where its graph and its subgraphs come from, and what it shares with its replicas. */
export interface Sources {
  readonly discovery: Pick<Discovery, 'watchInstances' | 'register'>;
  readonly composition: Composition;
  readonly client: SubgraphClient;
  /** The instances of the subgraphs. */
  readonly instances: Pick<SubgraphInstances, 'current'>;
  /** The shares of percent labels that are not as declared; null when nobody sets them. */
  readonly shares: Pick<Shares, 'shareOf'> | null;
  /** How the instances of the subgraphs stand. */
  readonly balancing: Pick<Balancing, 'states' | 'figures' | 'onPhase' | 'prefer'>;
  /** Null when the gateway is alone: rate limits are then its own. */
  readonly redis: Redis | null;
  /** Null when there are no events: subscriptions have no transport then. */
  readonly live: { readonly store: LiveStore; readonly wakes: Wakes } | null;
  /** Null when nothing is ever revoked. */
  readonly revocations: Revocations | null;
  /** Null when nothing is kept of what subgraphs answer. */
  readonly cache: EntityCache | null;
  /** The servers that readiness asks, each with what resolves when it answers. */
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
}
