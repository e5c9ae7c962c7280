import { writeCacheControl } from '@storefront/platform/caching/header.ts';
import type { ExecutionResult } from 'graphql';
import type { OperationRequest } from '../engine/engine.ts';
import { cacheReportOf } from '../engine/result.ts';
import type { CacheReport } from './cache-report.ts';

/** Where a transport wants the report of its answer. */
export interface CachingSink {
  /** Null when the answer may not be kept by anybody. */
  cacheReport: CacheReport | null;
}

/** How a client asks over HTTP for `extensions.cache`, besides `extensions: { cache: true }` in its request. */
export const cacheHeader = 'x-include-cache';

/** Whether the extensions of a request ask for what the cache had to do with the answer. */
export function asksForCache(extensions: Readonly<Record<string, unknown>> | null | undefined): boolean {
  return extensions?.['cache'] === true;
}

/** Gives the transport the report; and the client `extensions.cache`, when it asks. The result that is given stays as it is. */
export function tellCaching({ caching, tellsCache }: OperationRequest, result: ExecutionResult): ExecutionResult {
  if (!caching) return result;
  const report = cacheReportOf(result);
  const { errors } = result;
  caching.cacheReport = report?.policy && !errors ? report : null;
  if (!tellsCache || !report) return result;
  const { data, extensions } = result;
  const cache = describe(errors ? { ...report, policy: null } : report);
  return { ...(errors ? { errors } : {}), data: data ?? null, extensions: { ...extensions, cache } };
}

function describe({ policy, ageMs, hits, stale, misses }: CacheReport) {
  return {
    maxAge: policy?.maxAgeSeconds ?? 0,
    scope: policy?.isPrivate ? 'PRIVATE' : 'PUBLIC',
    age: toSeconds(ageMs),
    hits,
    stale,
    misses,
  };
}

/** The headers of an answer that may be kept. Source: RFC 9111, 5.1 and 5.2 */
export function cachingHeaders({ policy, ageMs }: CacheReport): readonly (readonly [string, string])[] {
  return [
    ['cache-control', writeCacheControl(policy)],
    ['age', String(toSeconds(ageMs))],
  ];
}

const toSeconds = (ms: number) => Math.floor(ms / 1_000);
