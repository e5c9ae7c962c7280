import type { FastifyInstance } from 'fastify';
import { serveEventDescription } from '../pages/events-page.ts';
import { serveIndexPage } from '../pages/index-page.ts';
import { serveApiDescription, serveApiDocs } from './api-docs.ts';
import { routes } from './routes.ts';
import { serveRest } from './serve-rest.ts';
import type { RestDeps } from './serve-rest.ts';

/** Serves what only the graph of the house has: its REST routes, and with `pages` those that lead people to them. */
export function serveHouseRoutes(
  server: FastifyInstance,
  deps: RestDeps,
  { pages }: { readonly pages: boolean },
): void {
  serveRest(server, deps, routes);
  serveApiDescription(server, routes);
  serveEventDescription(server, { pages });
  serveIndexPage(server, { pages });
  if (pages) serveApiDocs(server);
}
