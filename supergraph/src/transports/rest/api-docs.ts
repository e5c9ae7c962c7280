import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { setPagePolicy } from '../http/security-headers.ts';
import { describeRoutes } from './openapi.ts';
import type { Route } from './route.ts';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Storefront REST API</title>
    <link rel="stylesheet" href="/api/docs/assets/swagger-ui.css" />
    <link rel="icon" href="/api/docs/assets/favicon-32x32.png" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/api/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>
`;
const startScript = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#swagger-ui', deepLinking: true, persistAuthorization: true });`;

/** Serves the description of the routes at /api/openapi.json. */
export function serveApiDescription(server: FastifyInstance, routes: readonly Route[]): void {
  const description = JSON.stringify(describeRoutes(routes));
  server.get('/api/openapi.json', async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(description),
  );
}

/** Serves a page at /api/docs in which the routes can be read and tried; everything it loads comes from this server. */
export function serveApiDocs(server: FastifyInstance): void {
  const root = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  server.register(fastifyStatic, {
    root,
    prefix: '/api/docs/assets/',
    decorateReply: false,
    index: false,
    allowedPath: (path) => /\.(css|js|png)$/.test(path),
    maxAge: '1h',
  });
  server.get('/api/docs/start.js', async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(startScript),
  );
  for (const path of ['/api/docs', '/api/docs/']) {
    server.get(path, async (_request, reply) => {
      const policy = {
        'script-src': "'self'",
        'style-src': "'self' 'unsafe-inline'",
        'img-src': "'self' data:",
        'connect-src': "'self'",
      };
      return setPagePolicy(reply, policy).type('text/html; charset=utf-8').send(page);
    });
  }
}
