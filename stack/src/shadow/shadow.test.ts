import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@storefront/platform/testing/until.ts';
import { findDifferences } from './differences.ts';
import { startLiveProxy } from './live-proxy.ts';
import { readLog } from './read-log.ts';
import { type Comparison, compareRequest, createReport } from './shadow.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answers =
  (body: unknown, seen: string[] = []): RequestListener =>
  (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.end(JSON.stringify(body));
  };

describe('the shadow of a legacy gateway', () => {
  it('names differences by field, lists without their numbers', () => {
    const legacy = { id: 1, name: 'Ada', tags: ['a', 'b'], address: { city: 'London' }, old: true };
    const ours = { name: 'Ada', id: '1', tags: ['a', 'c'], address: { city: 'London' }, fresh: null };

    const found = findDifferences(legacy, ours).map(({ field, kind }) => `${field}: ${kind}`);

    expect(found).toEqual(['id: another type', 'tags.*: another value', 'old: missing in ours', 'fresh: new in ours']);
  });

  it('takes the reads of a log and leaves out what writes', () => {
    const { requests, leftOut } = readLog(
      [
        '10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET /api/users/1?x=1 HTTP/1.1" 200 2326',
        '10.0.0.1 - - [10/Oct/2026:13:55:37 +0000] "POST /api/orders HTTP/1.1" 201 12',
        '{"method":"GET","url":"http://old/api/products","headers":{"authorization":"Bearer x"}}',
        '{"method":"DELETE","url":"/api/users/1"}',
        'nonsense',
      ].join('\n'),
    );

    expect(requests).toEqual([
      { path: '/api/users/1?x=1', headers: {} },
      { path: '/api/products', headers: { authorization: 'Bearer x' } },
    ]);
    expect(leftOut).toBe(3);
  });

  it('reports by route and field', async () => {
    const legacyUrl = await serve(answers({ id: 1, name: 'Ada' }));
    const oursUrl = await serve(answers({ id: 1, name: 'Grace', since: '2026' }));
    const report = createReport();

    for (const path of ['/api/users/1', '/api/users/2'])
      report.add(await compareRequest({ legacyUrl, oursUrl, ignore: ['body.since'] }, { path, headers: {} }));

    expect(report.isClean()).toBe(false);
    expect(report.text()).toBe(
      '/api/users/:id: 0 of 2 the same\n  body.name: another value (2): legacy "Ada", ours "Grace"',
    );
  });

  it('stands in front of the legacy gateway, and never sends ours what writes', async () => {
    const [legacySeen, oursSeen]: [string[], string[]] = [[], []];
    const legacyUrl = await serve(answers({ id: 1 }, legacySeen));
    const oursUrl = await serve(answers({ id: 2 }, oursSeen));
    const comparisons: Comparison[] = [];
    const proxy = await startLiveProxy({ legacyUrl, oursUrl }, 0, (comparison) => comparisons.push(comparison));

    const written = await fetch(`http://127.0.0.1:${proxy.port}/api/orders`, { method: 'POST', body: '{}' });
    const read = await fetch(`http://127.0.0.1:${proxy.port}/api/orders/1`);
    const body: unknown = await read.json();
    await written.text();
    await until(() => comparisons.length > 0);
    proxy.close();

    expect(body).toEqual({ id: 1 });
    expect(legacySeen).toEqual(['POST /api/orders', 'GET /api/orders/1']);
    expect(oursSeen).toEqual(['GET /api/orders/1']);
    expect(comparisons[0]?.differences).toEqual([{ field: 'body.id', kind: 'another value', legacy: 1, ours: 2 }]);
  });
});
