import type { FastifyInstance } from 'fastify';
import { setPagePolicy } from '../http/security-headers.ts';

/** Whether the gateway shows pages for people. */
export interface IndexOptions {
  readonly pages: boolean;
}

/** Answers at `/` with what there is: as a page for browsers, as JSON for programs; and has no icon for the ones that ask. */
export function serveIndexPage(server: FastifyInstance, { pages }: IndexOptions): void {
  const links = {
    graphql: '/graphql',
    rest: '/api/v1',
    openapi: '/api/openapi.json',
    asyncapi: '/api/asyncapi.json',
    health: '/health',
    ready: '/ready',
    ...(pages ? { console: '/console', ide: '/ide', apiDocs: '/api/docs', events: '/api/events' } : {}),
  };
  server.get('/favicon.ico', async (_request, reply) =>
    reply.code(204).header('cache-control', 'public, max-age=86400').send(),
  );
  server.get('/', async (request, reply) => {
    if (!pages || !request.headers.accept?.includes('text/html')) return { name: 'storefront', links };
    setPagePolicy(reply, { 'style-src': "'unsafe-inline'" });
    return reply.type('text/html; charset=utf-8').send(page);
  });
}

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Storefront supergraph</title>
    <style>
      body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }
      dt { margin-top: 1rem; font-weight: 600; }
      dd { margin: 0; color: #555; }
    </style>
  </head>
  <body>
    <h1>Storefront supergraph</h1>
    <p>Users, products and orders as one graph.</p>
    <dl>
      <dt><a href="/console">Console</a></dt>
      <dd>What runs, how fast, and what breaks when a subgraph goes. Orders as they happen.</dd>
      <dt><a href="/ide">IDE</a></dt>
      <dd>Write queries and watch subscriptions. Works without the internet.</dd>
      <dt><a href="/graphql">Apollo Sandbox</a></dt>
      <dd>The same, by Apollo. Needs the internet.</dd>
      <dt><a href="/api/docs">REST API</a></dt>
      <dd>The routes of the old gateway, to read and to try; <a href="/api/openapi.json">as OpenAPI</a>.</dd>
      <dt><a href="/api/events">Events</a></dt>
      <dd>What the services tell each other; <a href="/api/asyncapi.json">as AsyncAPI</a>.</dd>
      <dt><a href="/ready">State</a></dt>
      <dd>What the gateway depends on, and how it is.</dd>
    </dl>
  </body>
</html>
`;
