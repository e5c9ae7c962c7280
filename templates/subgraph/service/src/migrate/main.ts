import { runMigrations } from '@storefront/platform/postgres/run-migrations.ts';
import { reviewMigrations } from '../storage/migrations/all.ts';

/** Brings the tables of reviews up to date and ends: `DATABASE_URL=... node subgraphs/reviews/src/migrate/main.ts`. */
if (import.meta.main) await runMigrations({ schema: 'reviews', migrations: reviewMigrations }, process.env);
