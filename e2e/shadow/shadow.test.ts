import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readLog } from '@storefront/stack/src/shadow/read-log.ts';
import { compareRequest, createReport } from '@storefront/stack/src/shadow/shadow.ts';
import { sharedStack } from '../testing/stack.ts';

/** A small gateway of the old kind: it answers what ours does for a product, but for one field that it has wrong. */
describe('the shadow beside the real gateway', () => {
  const { gateway } = sharedStack();
  let legacy: Server;
  let legacyUrl: string;

  beforeAll(async () => {
    legacy = createServer(async (request, response) => {
      const answer = await fetch(`${gateway.http}${request.url}`);
      const body: unknown = await answer.json();
      const changed = request.url === '/api/products/1' ? { ...Object(body), name: 'an old name' } : body;
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(changed));
    });
    await new Promise<void>((resolve) => legacy.listen(0, '127.0.0.1', resolve));
    legacyUrl = `http://127.0.0.1:${(legacy.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    legacy.close().closeAllConnections();
  });

  it('finds the one field that differs', async () => {
    const log = ['/api/products/1', '/api/products/2', '/api/users/999999']
      .map((path) => `"GET ${path} HTTP/1.1"`)
      .concat('"POST /api/orders HTTP/1.1"')
      .join('\n');
    const report = createReport();

    for (const request of readLog(log).requests) {
      report.add(await compareRequest({ legacyUrl, oursUrl: gateway.http }, request));
    }

    expect(report.text()).toContain(
      '/api/products/:id: 1 of 2 the same\n  body.name: another value (1): legacy "an old name"',
    );
    expect(report.text()).toContain('/api/users/:id: 1 of 1 the same');
  });
});
