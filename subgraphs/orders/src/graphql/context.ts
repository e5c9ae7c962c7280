import type { EntityManager } from '@mikro-orm/postgresql';
import type { Outbox } from '@storefront/platform/outbox/hand-over.ts';
import type { SubgraphRequest } from '@storefront/platform/graphql/serve-subgraph.ts';
import { createOrderStore } from '../storage/order-store.ts';
import type { Catalogue, Clock, OrderStore } from '../use-cases/ports.ts';
import type { Loaders } from './loaders.ts';

/** What serving the graph needs. `fork` gives a fresh unit of work. */
export interface GraphDeps {
  fork(): EntityManager;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  /** Makes UUIDv7s. */
  newEventId(): string;
  /** Who sends the events of new orders at once. */
  readonly outbox?: Outbox | undefined;
}

/** What the resolvers of one request work with. */
export interface Context extends SubgraphRequest {
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly orders: OrderStore;
  readonly loaders: Loaders;
  /** A fresh unit of work, for reading. */
  fork(): EntityManager;
}

/** Makes the context of one request. */
export function createContext(
  { fork, catalogue, clock, newEventId, outbox }: GraphDeps,
  request: SubgraphRequest,
  loaders: Loaders,
): Context {
  const orders = createOrderStore({ em: fork(), newEventId, outbox, traceparent: request.traceparent });
  return { ...request, clock, catalogue, orders, loaders, fork };
}
