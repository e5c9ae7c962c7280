import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdaptiveLimit } from '../../guards/adaptive-limit.ts';
import { shedLoad } from './shed-load.ts';

let server: Server;
let end: () => void;
afterEach(() => {
  end();
  server.close().closeAllConnections();
});

async function start(listener: RequestListener, limit: AdaptiveLimit): Promise<string> {
  server = createServer(listener);
  end = shedLoad(server, { limit, bulkClients: ['nightly-export'] });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const two = () => new AdaptiveLimit({ least: 2, most: 2 });

const ask = (url: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    body: '{"query":"{ x }"}',
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('shedLoad', () => {
  it('refuses what is beyond the limit at once, with a code and a time, and spares health', async () => {
    const held: (() => void)[] = [];
    const url = await start((request, response) => {
      if (request.url === '/health') response.end('ok');
      else held.push(() => response.end('{}'));
    }, two());
    const running = [ask(`${url}/graphql`), ask(`${url}/graphql`)];
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));

    const refused = await ask(`${url}/graphql`);
    const problem = await ask(`${url}/api/v1/orders`);
    const health = await fetch(`${url}/health`);
    for (const answer of held) answer();
    const answered = await Promise.all(running);
    const after = ask(`${url}/graphql`);
    while (held.length < 3) await new Promise((resolve) => setImmediate(resolve));
    held[2]?.();

    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toEqual({ errors: [expect.objectContaining({ extensions: { code: 'OVERLOADED' } })] });
    expect(problem.headers.get('content-type')).toContain('problem+json');
    expect(await problem.json()).toMatchObject({ status: 503, code: 'OVERLOADED' });
    expect(health.status).toBe(200);
    expect(answered.map(({ status }) => status)).toEqual([200, 200]);
    expect((await after).status).toBe(200);
  });

  it('refuses bulk before others', async () => {
    const held: (() => void)[] = [];
    const url = await start((_, response) => held.push(() => response.end('{}')), two());
    const running = [ask(`${url}/graphql`)];
    while (held.length < 1) await new Promise((resolve) => setImmediate(resolve));

    const bulk = await ask(`${url}/graphql`, { 'apollographql-client-name': 'nightly-export' });
    running.push(ask(`${url}/graphql`, { 'apollographql-client-name': 'shop' }));
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    for (const answer of held) answer();

    expect(bulk.status).toBe(503);
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('does not count streams that are established', async () => {
    const limit = two();
    const url = await start((request, response) => {
      if (request.headers.accept === 'text/event-stream') response.writeHead(200).write(':\n\n');
      else response.end('{}');
    }, limit);

    const streams = await Promise.all(
      Array.from({ length: 5 }, () => fetch(`${url}/graphql`, { headers: { accept: 'text/event-stream' } })),
    );
    const answer = await ask(`${url}/graphql`);

    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(answer.status).toBe(200);
    expect(limit.state.inFlight).toBeLessThanOrEqual(1);
    for (const { body } of streams) await body?.cancel();
  });
});
