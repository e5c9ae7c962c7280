import type { EventDefinition } from './event.ts';
import { orderCancelled } from './order-cancelled.ts';
import { orderConfirmed } from './order-confirmed.ts';
import { orderCreated } from './order-created.ts';
import { orderRejected } from './order-rejected.ts';
import { pointsChanged } from './points-changed.ts';
import { productUpdated } from './product-updated.ts';
import { sessionEnded } from './session-ended.ts';
import { stockChanged } from './stock-changed.ts';
import { stockExpired } from './stock-expired.ts';
import { stockRejected } from './stock-rejected.ts';
import { stockReserved } from './stock-reserved.ts';
import { testPublished } from './test-published.ts';
import { userDeleted } from './user-deleted.ts';
import { userUpdated } from './user-updated.ts';

/** Every event of the storefront, by type. */
export const eventCatalog: ReadonlyMap<string, EventDefinition> = new Map(
  [
    orderCreated,
    orderConfirmed,
    orderRejected,
    orderCancelled,
    stockReserved,
    stockRejected,
    stockExpired,
    stockChanged,
    productUpdated,
    pointsChanged,
    userUpdated,
    userDeleted,
    sessionEnded,
    testPublished,
  ].map((definition) => [definition.type, definition as unknown as EventDefinition]),
);

/** The topic exchanges, each named for the service that publishes to it. */
export const exchanges: readonly string[] = [...new Set([...eventCatalog.values()].map(({ exchange }) => exchange))];
