import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import type { FastifyInstance } from 'fastify';
import { setSecurityHeaders } from '../http/security-headers.ts';
import { serveIdePage } from './ide-page.ts';
import { serveIndexPage } from './index-page.ts';
import { answerSandboxPage } from './sandbox-page.ts';

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
let server: FastifyInstance;
let url: string;

beforeAll(async () => {
  server = createHttpServer({ log: createLog({ service: 'test', level: 'silent' }) });
  setSecurityHeaders(server, { isProduction: false });
  serveIndexPage(server, { pages: true });
  serveIdePage(server);
  server.get('/graphql', async (request, reply) => answerSandboxPage(request, reply));
  ({ url } = await listen(server, { host: '127.0.0.1', port: 0 }));
});

afterAll(() => server.close());

/** Every inline script of a page must carry the nonce that its policy names. */
const nonces = (html: string) => [...html.matchAll(/<script(?! nonce="[^"]+")/g)];

describe('the pages', () => {
  it('greet a browser with links and a program with JSON', async () => {
    const page = await (await fetch(url, { headers: browser })).text();
    const json = await (await fetch(url)).json();

    expect(page).toContain('href="/ide"');
    expect(json).toMatchObject({ links: { graphql: '/graphql', ide: '/ide' } });
  });

  it('serve an IDE that loads nothing from elsewhere and subscribes at this host', async () => {
    const response = await fetch(`${url}/ide`, { headers: browser });
    const html = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';

    expect(html).not.toMatch(/(src|href|from)\s*=?\s*"https?:/);
    expect(html).toContain("location.origin.replace(/^http/, 'ws') + '/graphql'");
    expect(nonces(html)).toEqual([]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('https:');
  });

  it.each(['ruru.js', 'ruru.css', 'graphqlWorker.js', '9399.js'])(
    'serve the IDE file %s from their own bundle',
    async (file) => {
      const response = await fetch(`${url}/ide/assets/${file}`);
      const body = await response.arrayBuffer();

      expect(response.status).toBe(200);
      expect(body.byteLength).toBeGreaterThan(100);
    },
  );

  it('serve no file that is not in the bundle', async () => {
    expect((await fetch(`${url}/ide/assets/..%2f..%2fpackage.json`)).status).toBe(404);
    expect((await fetch(`${url}/ide/assets/nothing.js`)).status).toBe(404);
  });

  it('set Apollo Sandbox to this address for operations and to its websocket for subscriptions', async () => {
    const response = await fetch(`${url}/graphql`, { headers: browser });
    const html = await response.text();

    expect(html).toContain("initialSubscriptionEndpoint: endpoint.replace(/^http/, 'ws')");
    expect(nonces(html)).toEqual([]);
    expect(response.headers.get('content-security-policy')).toContain(
      'frame-src https://sandbox.embed.apollographql.com',
    );
  });
});
