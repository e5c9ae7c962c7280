import type { EntityManager } from '@mikro-orm/postgresql';
import { createLog } from '@storefront/platform/log/log.ts';
import { openPostgres, type Postgres } from '@storefront/platform/postgres/open.ts';
import { testDatabase } from '@storefront/platform/testing/servers.ts';
import { v7 } from 'uuid';
import type { Order } from '../domain/order.ts';
import { type NewOrder, place, type QuotedLine } from '../domain/place.ts';
import { orderEntities, SCHEMA } from '../storage/entities.ts';
import { lockNameOf } from '../storage/idempotency.ts';
import { orderMigrations } from '../storage/migrations/all.ts';
import { createOrderStore } from '../storage/order-store.ts';
import type { IdempotencyClaim, OrderStore } from '../use-cases/ports.ts';

/** The moment at which the orders of the tests are placed, unless a test says otherwise. */
export const PLACED_AT = new Date('2026-01-31T09:30:00.000Z');

/** A log that says nothing. */
export const silentLog = createLog({ service: 'orders', level: 'silent' });

/** A database of a test file's own, with the tables of orders. */
export interface TestStorage {
  readonly url: string;
  readonly adminUrl: string;
  readonly postgres: Postgres;
  /** A store in a unit of work of its own. */
  store(): OrderStore;
  close(): Promise<void>;
}

/** Creates the database and its tables. */
export async function openTestStorage(): Promise<TestStorage> {
  const { url, adminUrl, drop } = await testDatabase({ schema: SCHEMA });
  const postgres = await openPostgres({
    url,
    schema: SCHEMA,
    entities: orderEntities(),
    migrations: orderMigrations,
    log: silentLog,
  });
  await postgres.migrate();
  return {
    url,
    adminUrl,
    postgres,
    store: () => createOrderStore({ em: postgres.fork(), newEventId: v7 }),
    async close() {
      await postgres.close();
      await drop();
    },
  };
}

/** An order for one piece of product 1, unless the test says otherwise. */
export function aNewOrder(
  over: { buyerId?: string; lines?: readonly Partial<QuotedLine>[]; at?: Date } = {},
): NewOrder {
  const line = { productId: '1', quantity: 1, unitPriceMinor: 1_250, currency: 'EUR' };
  const lines = (over.lines ?? [{}]).map((part) => ({ ...line, ...part }));
  const decision = place({ buyerId: over.buyerId ?? '1', lines, at: over.at ?? PLACED_AT });
  if ('invalid' in decision) throw new Error(decision.invalid.message);
  return decision.placed;
}

/** Stores an order and hands it over. */
export async function placed(store: OrderStore, over: Parameters<typeof aNewOrder>[0] = {}): Promise<Order> {
  const outcome = await store.add(aNewOrder(over), null);
  if (outcome.phase !== 'stored') throw new Error(`the order was ${outcome.phase}`);
  return outcome.order;
}

/** Takes the right to use a key until the running transaction ends, as a request that is under way has it. */
export async function lockClaim(em: EntityManager, claim: Pick<IdempotencyClaim, 'scope' | 'key'>): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [lockNameOf(claim)]);
}
