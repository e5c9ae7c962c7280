import { runMigrations } from '@storefront/platform/postgres/run-migrations.ts';
import { productMigrations } from '../storage/migrations/all.ts';

/** Brings the tables of products up to date and ends: `DATABASE_URL=... node subgraphs/products/src/migrate/main.ts`. */
if (import.meta.main) await runMigrations({ schema: 'products', migrations: productMigrations }, process.env);
