import { afterEach, describe, expect, it } from '@jest/globals';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { anonymous, readCaller } from '@storefront/platform/identity/caller.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import type { FastifyInstance } from 'fastify';
import { unlimited } from '../guards/rate-limit.ts';
import { followExchanges } from '../transports/http/exchange.ts';
import { setSecurityHeaders } from '../transports/http/security-headers.ts';
import { createRecorder } from './recorder.ts';
import { type ConsoleDeps, serveConsole } from './serve-console.ts';

const log = createLog({ service: 'test', level: 'silent' });
let server: FastifyInstance;
afterEach(() => server.close());

/** A console over a graph that is not there yet; a token is the scopes of its holder, separated by commas. */
async function openConsole({ isOpen }: { isOpen: boolean }): Promise<string> {
  server = createHttpServer({ log });
  followExchanges(server, log, { trustedProxyHops: 0 });
  setSecurityHeaders(server, { isProduction: !isOpen });
  const figures = { plans: 0, planBytes: 0, planningThreads: 0, memoBytes: 0, memoHits: 0, memoMisses: 0 };
  const deps: ConsoleDeps = {
    engine: {
      state: { phase: 'waiting', reasons: ['nobody is there'] },
      fault: null,
      figures,
      onGraph: () => () => undefined,
      explain: () => Promise.reject(new Error('there is no graph')),
    },
    composition: { state: { phase: 'waiting', subgraphs: [], waitsFor: [], faults: [] } },
    balancing: { states: () => [], figures: () => [] },
    limiter: unlimited,
    shedding: null,
    mayExplain: () => true,
    cache: null,
    recorder: createRecorder({ now: Date.now }),
    probe: { read: () => new Map(), close: () => undefined },
    instances: () => [],
    checks: { redis: async () => undefined },
    switches: null,
    now: Date.now,
    admit: async () => ({ refused: { status: 503, code: 'SERVICE_UNAVAILABLE', message: 'no graph', headers: {} } }),
    authenticate: async (authorization) => ({
      caller: authorization ? readCaller('1', authorization.replace('Bearer ', '').replaceAll(',', ' ')) : anonymous,
    }),
  };
  serveConsole(server, deps, { isOpen });
  return (await listen(server, { host: '127.0.0.1', port: 0 })).url;
}

const statusOf = async (url: string, scopes?: string) => {
  const response = await fetch(url, { headers: scopes === undefined ? {} : { authorization: `Bearer ${scopes}` } });
  await response.body?.cancel();
  return response.status;
};

describe('the console', () => {
  it('is open to whoever reaches it, when it is told so', async () => {
    const url = await openConsole({ isOpen: true });

    const state = await (await fetch(`${url}/console/api/state`)).json();

    expect(state).toMatchObject({
      graph: { phase: 'waiting', id: null },
      servers: [{ name: 'redis', isUp: true }],
      switches: null,
    });
  });

  it('tells nothing to others than admins else, and the page itself holds nothing', async () => {
    const url = await openConsole({ isOpen: false });

    expect(await statusOf(`${url}/console`)).toBe(200);
    for (const path of ['state', 'stream']) {
      expect(await statusOf(`${url}/console/api/${path}`)).toBe(401);
      expect(await statusOf(`${url}/console/api/${path}`, 'users:read')).toBe(403);
      expect(await statusOf(`${url}/console/api/${path}`, 'users:read,orders:read')).toBe(200);
    }
  });

  it('allows its page nothing but its own files', async () => {
    const url = await openConsole({ isOpen: true });

    const response = await fetch(`${url}/console`);
    const policy = response.headers.get('content-security-policy') ?? '';
    const html = await response.text();
    const files = [...html.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map(([, file]) => file ?? '');

    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(html).not.toMatch(/<style|style=|<script(?! type="module" src)| on\w+="/);
    for (const file of files) expect(await statusOf(`${url}${file}`)).toBe(200);
    expect(files.length).toBe(2);
  });

  it('switches nothing where there is nothing to switch, and answers operations as their guards do', async () => {
    const url = await openConsole({ isOpen: true });
    const post = (path: string, body: object) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'x-console': '1', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });

    const switched = await post('/console/api/services/users/stop', {});
    const run = await post('/console/api/run', { query: '{ me { name } }' });
    const nonsense = await post('/console/api/run', { query: 7 });

    expect([switched.status, run.status, nonsense.status]).toEqual([404, 503, 400]);
    expect(await run.json()).toMatchObject({ result: { errors: [{ message: 'no graph' }] }, explanation: null });
  });
});
