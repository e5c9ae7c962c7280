import type { MigrationClass } from '@storefront/platform/postgres/migrate.ts';
import { FirstReviews } from './001-reviews.ts';

/** The steps to the tables of today, in their order. */
export const reviewMigrations: readonly MigrationClass[] = [FirstReviews];
