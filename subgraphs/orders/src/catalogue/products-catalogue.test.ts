import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { openScope, type OwnedScope } from '@storefront/platform/process/scope.ts';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import { startProductsServer } from '../testing/products-server.ts';
import { silentLog } from '../testing/storage.ts';
import { openProductsCatalogue } from './products-catalogue.ts';

const options = { timeoutMs: 4_000, threshold: 2, openMs: 5_000 };
const line = { productId: '1', quantity: 1 };
const quoted = { phase: 'quoted', lines: [{ ...line, unitPriceMinor: 1_250, currency: 'EUR' }] };
let scope: OwnedScope = openScope('test', silentLog);

afterEach(async () => {
  await scope.close();
  scope = openScope('test', silentLog);
});

const aCall = (signal = new AbortController().signal) => ({ traceparent: newTraceparent(), signal });
const anInstance = (port: number): Instance => ({
  id: String(port),
  name: 'products',
  address: '127.0.0.1',
  port,
  tags: [],
  meta: {},
});

/** A catalogue with its keys, its clock and the instances that it knows, all in the test's hands. */
async function openCatalogue({ timeoutMs } = options) {
  const key = await generateSigningKey('orders');
  const world = { instances: [] as Instance[], nowMs: 0, keys: publicKeySet([key]) };
  const tokens = createInternalTokens({ signingKey: key, issuer: 'orders' });
  const clock = { now: () => new Date(world.nowMs) };
  const catalogue = openProductsCatalogue(
    { instances: () => world.instances, tokens, clock, log: silentLog },
    { ...options, timeoutMs },
  );
  scope.defer('catalogue', () => catalogue.close());
  return { world, catalogue };
}

/** A server that takes questions and does with them what it likes. */
async function startServer(handle: Parameters<typeof createServer>[1]): Promise<{ server: Server; port: number }> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.defer('server', () => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

async function aDeadPort(): Promise<number> {
  const { server, port } = await startServer(undefined);
  server.close();
  await once(server, 'close');
  return port;
}

describe('the catalogue', () => {
  it('asks the instances in turn', async () => {
    const { world, catalogue } = await openCatalogue();
    const servers = [await startProductsServer(world.keys, scope), await startProductsServer(world.keys, scope)];
    world.instances = servers.map(({ port }) => anInstance(port));

    for (let round = 0; round < 4; round += 1) await expect(catalogue.quote([line], aCall())).resolves.toEqual(quoted);

    expect(servers.map((server) => server.questions())).toEqual([2, 2]);
  });

  it('asks the next instance when one cannot be connected to', async () => {
    const { world, catalogue } = await openCatalogue();
    const { port } = await startProductsServer(world.keys, scope);
    world.instances = [anInstance(await aDeadPort()), anInstance(port)];

    const quotes = [await catalogue.quote([line], aCall()), await catalogue.quote([line], aCall())];

    expect(quotes).toEqual([quoted, quoted]);
  });

  it('cannot tell when nobody is there', async () => {
    const { world, catalogue } = await openCatalogue();

    const nobody = await catalogue.quote([line], aCall());
    world.instances = [anInstance(await aDeadPort())];
    const dead = await catalogue.quote([line], aCall());

    expect([nobody, dead]).toEqual([{ phase: 'unreachable' }, { phase: 'unreachable' }]);
  });

  it('does not wait longer than it was told to', async () => {
    const { world, catalogue } = await openCatalogue({ ...options, timeoutMs: 200 });
    const { port } = await startServer(() => undefined);
    world.instances = [anInstance(port)];
    const startedMs = performance.now();

    const quote = await catalogue.quote([line], aCall());

    expect(quote).toEqual({ phase: 'unreachable' });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  it('stops asking after failures in a row, and asks again when the time is up', async () => {
    const { world, catalogue } = await openCatalogue();
    const { port: broken } = await startServer((_request, response) => response.writeHead(500).end());
    const products = await startProductsServer(world.keys, scope);
    world.instances = [anInstance(broken)];
    for (let failure = 0; failure < options.threshold; failure += 1) await catalogue.quote([line], aCall());
    world.instances = [anInstance(products.port)];

    const early = await catalogue.quote([line], aCall());
    const askedEarly = products.questions();
    world.nowMs += options.openMs;
    const later = await catalogue.quote([line], aCall());

    expect([early, askedEarly, later]).toEqual([{ phase: 'unreachable' }, 0, quoted]);
  });

  it('does not hold it against products when the caller gives up', async () => {
    const { world, catalogue } = await openCatalogue();
    const { port: slow } = await startServer(() => undefined);
    const products = await startProductsServer(world.keys, scope);
    world.instances = [anInstance(slow)];
    for (let round = 0; round < options.threshold; round += 1)
      await catalogue.quote([line], aCall(AbortSignal.abort()));
    world.instances = [anInstance(products.port)];

    await expect(catalogue.quote([line], aCall())).resolves.toEqual(quoted);
  });

  it('says which product is not for sale', async () => {
    const { world, catalogue } = await openCatalogue();
    const { port } = await startProductsServer(world.keys, scope);
    world.instances = [anInstance(port)];

    const quote = await catalogue.quote([line, { productId: '404', quantity: 1 }], aCall());

    expect(quote).toEqual({ phase: 'unavailable', productId: '404' });
  });
});
