import { readFileSync } from 'node:fs';
import { ConfigError } from '@storefront/platform/config/config.ts';
import { z } from 'zod';

const manifestSchema = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});

/** The texts of the trusted documents, by id. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/** The manifest of schema/operations. */
export const houseManifest = new URL('../../../../schema/persisted-query-manifest.json', import.meta.url).pathname;

/**
 * Reads a manifest as @apollo/generate-persisted-query-manifest writes it. @throws ConfigError when it cannot be read
 * Source: apollographql.com/docs/graphos/platform/security/persisted-queries
 */
export function readManifest(path: string): TrustedDocuments {
  try {
    const { operations } = manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return new Map(operations.map(({ id, body }) => [id, body]));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError([`TRUSTED_DOCUMENTS_PATH: ${path} is no manifest of persisted queries: ${why}`]);
  }
}
