import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { serveSubgraph, type SubgraphRequest } from '@storefront/platform/graphql/serve-subgraph.ts';
import { serveHealth } from '@storefront/platform/http/health.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import { publicKeySet } from '@storefront/platform/identity/keys.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { JWK } from 'jose';

/** What a subgraph of a test is made of. */
export interface TestSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly resolvers: object;
}

/** One request that a subgraph was sent, those of the composer left out. */
export interface SeenRequest {
  readonly subgraph: string;
  readonly instance: string;
  readonly query: string;
  readonly variables: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A running instance. */
export interface TestInstance {
  readonly instance: Instance;
  /** Cuts every connection and refuses new ones, as a process that was killed. */
  kill(): Promise<void>;
}

/** Serves one instance of a subgraph over HTTP; tells each request it gets. */
export async function serveTestSubgraph(
  { log, signingKey }: { readonly log: Log; readonly signingKey: JWK },
  { name, sdl, resolvers }: TestSubgraph,
  onRequest: (request: SeenRequest) => void,
): Promise<TestInstance> {
  const server = createHttpServer({ log });
  const verify = createInternalVerifier({ keys: publicKeySet([signingKey]), audience: name });
  const { sdlHash } = serveSubgraph<SubgraphRequest>(
    server,
    { log, verify },
    {
      name,
      sdl,
      resolvers,
      createContext: (request) => ({ ...request }),
    },
  );
  const seen = { id: '' };
  serveHealth(server, { service: name, checks: {} });
  server.addHook('preHandler', async (request) => {
    if (request.method === 'GET') return;
    const { query, variables } = request.body as { query: string; variables: unknown };
    if (!query.includes('_service'))
      onRequest({ subgraph: name, instance: seen.id, query, variables, headers: request.headers });
  });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  seen.id = `${name}-127.0.0.1-${port}`;
  const meta = { sdlHash, graphqlPath: '/graphql' };
  return {
    instance: { id: seen.id, name, address: '127.0.0.1', port, meta, tags: ['subgraph'] },
    async kill() {
      const closed = server.close();
      server.server.closeAllConnections();
      await closed;
    },
  };
}
