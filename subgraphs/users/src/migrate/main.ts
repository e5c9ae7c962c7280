import { runMigrations } from '@storefront/platform/postgres/run-migrations.ts';
import { userMigrations } from '../storage/migrations/all.ts';

/** Brings the tables of users up to date and ends: `DATABASE_URL=... node subgraphs/users/src/migrate/main.ts`. */
if (import.meta.main) await runMigrations({ schema: 'users', migrations: userMigrations }, process.env);
