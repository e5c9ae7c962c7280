import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { shareInBatch } from '@storefront/platform/graphql/batches.ts';
import { serveSubgraph } from '@storefront/platform/graphql/serve-subgraph.ts';
import { type createHttpServer } from '@storefront/platform/http/server.ts';
import { serveHealth } from '@storefront/platform/http/health.ts';
import { createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Tracer } from '@storefront/platform/telemetry/tracer.ts';
import type { UsersConfig } from '../config.ts';
import type { KeyRing } from '../identity/key-ring.ts';
import type { NotificationStore } from '../storage/notification-store.ts';
import type { Deps } from './context.ts';
import { createLoaders } from './loaders.ts';
import { permissions } from './permissions.ts';
import { resolvers } from './resolvers.ts';

/** What the service is made of once its servers are open. */
export interface UsersParts {
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly tracer?: Tracer | null;
  readonly deps: Deps & { readonly notifications: NotificationStore };
  readonly keys: Pick<KeyRing, 'published'>;
}

type Checks = Parameters<typeof serveHealth>[1]['checks'];

/** Puts the service's routes on a server: `/graphql`, `/.well-known/jwks.json`, `/health`, `/ready`. */
export function serveUsers(
  server: ReturnType<typeof createHttpServer>,
  { deps, keys, ...parts }: UsersParts,
  config: Pick<UsersConfig, 'INTERNAL_JWKS' | 'NODE_ENV'>,
  checks: Checks,
) {
  const loadersOf = shareInBatch(() => createLoaders(deps));
  const { sdlHash } = serveSubgraph(
    server,
    { ...parts, verify: createInternalVerifier({ keys: config.INTERNAL_JWKS, audience: 'users' }) },
    {
      name: 'users',
      sdl: readSdl(),
      resolvers,
      permissions,
      introspection: config.NODE_ENV !== 'production',
      createContext: (request) => {
        const { caller, clientAddress } = request;
        return { caller, clientAddress, deps, loaders: loadersOf(request) };
      },
    },
  );
  server.get('/.well-known/jwks.json', (_request, reply) =>
    reply.header('cache-control', 'public, max-age=60').type('application/jwk-set+json').send(keys.published()),
  );
  return { sdlHash, health: serveHealth(server, { service: 'users', checks, advisory: ['consul'] }) };
}

function readSdl(): string {
  return readFileSync(createRequire(import.meta.url).resolve('@storefront/schema/users.graphql'), 'utf8');
}
