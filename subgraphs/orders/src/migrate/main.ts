import { runMigrations } from '@storefront/platform/postgres/run-migrations.ts';
import { orderMigrations } from '../storage/migrations/all.ts';

/** Brings the tables of orders up to date and ends: `DATABASE_URL=... node subgraphs/orders/src/migrate/main.ts`. */
if (import.meta.main) await runMigrations({ schema: 'orders', migrations: orderMigrations }, process.env);
