import type { MigrationClass } from '@storefront/platform/postgres/migrate.ts';
import { CatalogueAndStock } from './001-catalogue-and-stock.ts';
import { Age } from './002-age.ts';
import { Subjects } from './003-subjects.ts';

/** The steps to the tables of today, in their order. */
export const productMigrations: readonly MigrationClass[] = [CatalogueAndStock, Age, Subjects];
