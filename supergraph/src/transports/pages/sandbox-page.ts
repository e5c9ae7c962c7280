import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setPagePolicy } from '../http/security-headers.ts';

const cdn = 'https://embeddable-sandbox.cdn.apollographql.com';
const firstQuery = `query Catalogue {
  products(first: 5) {
    nodes { id name price { formatted } stock { available } }
  }
}`;

/**
 * Apollo Sandbox, set to this address for operations and to the same one over a websocket for subscriptions. It comes from
 * Apollo's site, so it needs the internet; without it the page points to the IDE that does not.
 */
export function answerSandboxPage(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  setPagePolicy(reply, {
    'script-src': `'nonce-${nonce}' ${cdn}`,
    'style-src': `'nonce-${nonce}' ${cdn} https://fonts.googleapis.com`,
    'img-src': `'self' data: https://*.apollographql.com`,
    'connect-src': `'self' https://*.apollographql.com`,
    'frame-src': 'https://sandbox.embed.apollographql.com',
    'manifest-src': 'https://*.apollographql.com',
  });
  return reply.type('text/html; charset=utf-8').send(renderPage(nonce));
}

function renderPage(nonce: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Storefront graph: Apollo Sandbox</title>
    <style nonce="${nonce}">
      body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
      #sandbox { position: absolute; inset: 0; }
      #sandbox iframe { width: 100%; height: 100%; border: 0; background: #fff; }
      .note { padding: 2rem; }
    </style>
  </head>
  <body>
    <p class="note">Apollo Sandbox is loading. It needs the internet; the <a href="/ide">IDE</a> does not.</p>
    <div id="sandbox"></div>
    <script nonce="${nonce}" src="${cdn}/v2/embeddable-sandbox.umd.production.min.js"></script>
    <script nonce="${nonce}">
      const endpoint = location.origin + location.pathname;
      if (window.EmbeddedSandbox) new window.EmbeddedSandbox({
        target: '#sandbox',
        initialEndpoint: endpoint,
        initialSubscriptionEndpoint: endpoint.replace(/^http/, 'ws'),
        initialState: { document: ${JSON.stringify(firstQuery)}, includeCookies: false, pollForSchemaUpdates: false },
        runTelemetry: false,
        allowDynamicStyles: false,
      });
    </script>
  </body>
</html>
`;
}
