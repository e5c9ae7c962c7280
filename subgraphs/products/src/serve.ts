import { shareInBatch } from '@storefront/platform/graphql/batches.ts';
import { serveSubgraph } from '@storefront/platform/graphql/serve-subgraph.ts';
import { serveHealth } from '@storefront/platform/http/health.ts';
import type { createHttpServer } from '@storefront/platform/http/server.ts';
import { createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Tracer } from '@storefront/platform/telemetry/tracer.ts';
import type { ProductsConfig } from './config.ts';
import type { Context } from './graphql/context.ts';
import { createLoaders } from './graphql/loaders.ts';
import { permissions } from './graphql/permissions.ts';
import { resolvers } from './graphql/resolvers.ts';
import type { AnnouncerDeps } from './use-cases/announcer.ts';
import { createAnnouncer } from './use-cases/announcer.ts';
import type { ProductStore } from './use-cases/ports.ts';

/** What serving the subgraph needs; `keys` are those of the services that may call. */
export interface ServeDeps extends AnnouncerDeps {
  readonly name: string;
  readonly sdl: string;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly tracer?: Tracer | null;
  readonly keys: ProductsConfig['INTERNAL_JWKS'];
  readonly products: ProductStore;
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
  /** What readiness tells besides. */
  readonly details: () => Record<string, unknown>;
  /** Whether the schema may be asked for, which production does not allow. */
  readonly introspection: boolean;
  newSkuSuffix(): string;
}

/** Serves POST /graphql to those with an internal token for this service, and GET /health and /ready to all. */
export function serveProducts(server: ReturnType<typeof createHttpServer>, deps: ServeDeps) {
  const { name, sdl, keys, products, clock, checks, details, introspection } = deps;
  const health = serveHealth(server, { service: name, checks, advisory: ['consul'], details });
  const verify = createInternalVerifier({ keys, audience: name });
  const loadersOf = shareInBatch(() => createLoaders(products));
  const { sdlHash } = serveSubgraph<Context>(
    server,
    { ...deps, verify },
    {
      name,
      sdl,
      resolvers,
      permissions,
      introspection,
      createContext: (request) => ({
        caller: request.caller,
        products,
        loaders: loadersOf(request),
        clock,
        announce: createAnnouncer(deps, request.traceparent),
        newSkuSuffix: () => deps.newSkuSuffix(),
      }),
    },
  );
  return { sdlHash, health };
}
