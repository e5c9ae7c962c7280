import type { MigrationClass } from '@storefront/platform/postgres/migrate.ts';
import { CreateOrders } from './001-orders.ts';
import { AgeAndClaims } from './002-age-and-claims.ts';

/** The steps to the tables of today, in their order. */
export const orderMigrations: readonly MigrationClass[] = [CreateOrders, AgeAndClaims];
