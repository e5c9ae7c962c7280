import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { ruruHTML } from 'ruru/server';
import { getStaticFile } from 'ruru/static';
import { setPagePolicy } from '../http/security-headers.ts';

const staticPath = '/ide/assets/';
const firstQuery = `# Press Ctrl-Enter. Send a token with the Headers tab: { "authorization": "Bearer ..." }
query Catalogue {
  products(first: 5) {
    nodes { id name price { formatted } stock { available } }
  }
}
`;

/** Serves ruru, an IDE that comes wholly from this server, at /ide; subscriptions go over the websocket at /graphql. */
export function serveIdePage(server: FastifyInstance): void {
  server.get('/ide', async (_request, reply) => {
    const nonce = randomBytes(16).toString('base64');
    setPagePolicy(reply, {
      'script-src': `'self' 'nonce-${nonce}'`,
      'style-src': "'self' 'unsafe-inline'",
      'img-src': "'self' data:",
      'font-src': "'self' data:",
      'connect-src': "'self' ws: wss:",
      'worker-src': "'self' blob:",
    });
    return reply.type('text/html; charset=utf-8').send(renderPage(nonce));
  });
  server.get(`${staticPath}*`, async (request, reply) => {
    const { url: urlPath, headers } = request;
    const file = await getStaticFile({
      staticPath,
      urlPath,
      acceptEncoding: headers['accept-encoding'],
      disallowDevAssets: true,
    });
    if (!file) return reply.callNotFound();
    return reply
      .headers({ ...file.headers, vary: 'accept-encoding', 'cache-control': 'public, max-age=3600' })
      .send(file.content);
  });
}

/** ruru writes inline scripts without a nonce; each `<script` of its own gets one. */
function renderPage(nonce: string): string {
  const html = ruruHTML({ staticPath, endpoint: '/graphql' });
  const configured = html.replace(
    'const RURU_CONFIG = {',
    `const RURU_CONFIG = {
  subscriptionEndpoint: location.origin.replace(/^http/, 'ws') + '/graphql',
  initialQuery: ${JSON.stringify(firstQuery)},`,
  );
  return configured.replaceAll('<script', `<script nonce="${nonce}"`);
}
