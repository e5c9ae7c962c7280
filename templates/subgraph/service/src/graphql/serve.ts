import { readFileSync } from 'node:fs';
import { shareInBatch } from '@storefront/platform/graphql/batches.ts';
import { serveSubgraph } from '@storefront/platform/graphql/serve-subgraph.ts';
import type { createHttpServer } from '@storefront/platform/http/server.ts';
import { createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Tracer } from '@storefront/platform/telemetry/tracer.ts';
import type { ReviewsConfig } from '../config.ts';
import type { Clock, Reviews } from '../use-cases/ports.ts';
import type { Context } from './context.ts';
import { createLoaders } from './loaders.ts';
import { permissions } from './permissions.ts';
import { resolvers } from './resolvers.ts';

/** What serving the subgraph needs. */
export interface ServeDeps {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracer: Tracer | null;
  readonly reviews: Reviews;
  readonly clock: Clock;
}

/** Serves POST /graphql to those with an internal token for this service alone; returns the hash that Consul is told. */
export function serveReviews(
  server: ReturnType<typeof createHttpServer>,
  { reviews, clock, ...deps }: ServeDeps,
  config: Pick<ReviewsConfig, 'INTERNAL_JWKS' | 'NODE_ENV'>,
): { readonly sdlHash: string } {
  const loadersOf = shareInBatch(() => createLoaders(reviews));
  return serveSubgraph<Context>(
    server,
    { ...deps, verify: createInternalVerifier({ keys: config.INTERNAL_JWKS, audience: 'reviews' }) },
    {
      name: 'reviews',
      sdl: readFileSync(new URL('../../../../schema/reviews.graphql', import.meta.url), 'utf8'),
      resolvers,
      permissions,
      introspection: config.NODE_ENV !== 'production',
      createContext: (request) => ({ caller: request.caller, reviews, loaders: loadersOf(request), clock }),
    },
  );
}
