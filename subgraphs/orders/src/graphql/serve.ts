import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shareInBatch } from '@storefront/platform/graphql/batches.ts';
import { serveSubgraph, type SubgraphDeps } from '@storefront/platform/graphql/serve-subgraph.ts';
import type { FastifyInstance } from 'fastify';
import { createContext, type GraphDeps } from './context.ts';
import { createLoaders } from './loaders.ts';
import { permissions } from './permissions.ts';
import { resolvers } from './resolvers.ts';

/** Serves the orders subgraph at `POST /graphql`. `sdlHash` changes when the SDL does. */
export function serveOrdersGraph(
  server: FastifyInstance,
  deps: SubgraphDeps & GraphDeps,
  { introspection }: { readonly introspection: boolean },
): { readonly sdlHash: string } {
  const loadersOf = shareInBatch(() => createLoaders(deps.fork));
  return serveSubgraph(server, deps, {
    name: 'orders',
    sdl: readFileSync(fileURLToPath(import.meta.resolve('@storefront/schema/orders.graphql')), 'utf8'),
    resolvers,
    permissions,
    introspection,
    createContext: (request) => createContext(deps, request, loadersOf(request)),
  });
}
