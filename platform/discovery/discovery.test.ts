import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createLog } from '../log/log.ts';
import { testConsulUrl } from '../testing/servers.ts';
import { createDiscovery, type Discovery, type Instance, type ServiceRegistration } from './discovery.ts';

const log = createLog({ service: 'test', level: 'silent' });
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function discover(consulUrl: string, registrationCheckMs?: number): Discovery {
  const discovery = createDiscovery({ consulUrl, log, ...(registrationCheckMs ? { registrationCheckMs } : {}) });
  closers.push(() => discovery.close());
  return discovery;
}

/** Serves `/health`, as whatever registers must. */
async function aService(overrides: Partial<ServiceRegistration> = {}): Promise<ServiceRegistration> {
  const { port } = await serve((_request, response) => response.end('{}'));
  return {
    name: `test-${randomUUID()}`,
    address: '127.0.0.1',
    port,
    tags: ['test'],
    meta: { sdlHash: 'aBc1' },
    ...overrides,
  };
}

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void, port = 0) {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = server.address();
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  const boundPort = typeof bound === 'object' && bound ? bound.port : 0;
  return { port: boundPort, url: `http://127.0.0.1:${boundPort}`, close };
}

/** Collects what a watch tells and lets a test wait for the value it expects. */
function collect<T>() {
  const told: T[] = [];
  const waiting: { accepts: (value: T) => boolean; resolve: (value: T) => void }[] = [];
  return {
    told,
    take: (value: T) => {
      told.push(value);
      for (const { accepts, resolve } of waiting) if (accepts(value)) resolve(value);
    },
    until(accepts: (value: T) => boolean): Promise<T> {
      const found = told.find(accepts);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => waiting.push({ accepts, resolve }));
    },
  };
}

/** A Consul whose answers the test decides, request by request. */
async function fakeConsul(
  answer: (request: IncomingMessage, turn: number) => { status?: number; index?: number; body?: unknown } | null,
) {
  const queries: { url: string; index: string | null; atMs: number }[] = [];
  const fake = await serve((request, response) => {
    const url = new URL(request.url ?? '/', 'http://consul');
    queries.push({ url: url.pathname, index: url.searchParams.get('index'), atMs: performance.now() });
    const given = answer(request, queries.length);
    if (!given) return;
    response.writeHead(given.status ?? 200, {
      'content-type': 'application/json',
      'x-consul-index': String(given.index ?? 1),
    });
    response.end(JSON.stringify(given.body ?? []));
  });
  return { ...fake, queries };
}

const entry = (id: string) => ({
  Node: { Address: '10.0.0.1' },
  Service: { ID: id, Service: 'users', Address: '', Port: 3001, Meta: null, Tags: null },
});
const ids = (instances: readonly Instance[]) => instances.map(({ id }) => id).join();

describe('discovery with Consul', () => {
  const consulUrl = testConsulUrl();

  it('finds a service from when it registers until it deregisters, with its tags and meta', async () => {
    const discovery = discover(consulUrl);
    const service = await aService();
    const seen = collect<readonly Instance[]>();
    discovery.watchInstances(service.name, seen.take);

    const registration = await discovery.register(service);
    const [instance] = await seen.until((found) => found.length === 1);
    await registration.deregister();
    await seen.until((found) => found.length === 0 && seen.told.length > 1);

    const { name, address, port } = service;
    const id = `${name}-127.0.0.1-${port}`;
    expect(instance).toEqual({ id, name, address, port, tags: ['test'], meta: { sdlHash: 'aBc1' } });
  });

  it('keeps values that change by check and set, and tells their changes', async () => {
    const { keys } = discover(consulUrl);
    const key = `tests/${randomUUID()}/value`;
    const seen = collect<string>();
    closers.push(() => keys.remove(key));

    const before = await keys.get(key);
    const isFirst = await keys.put(key, 'one', 0);
    const isSecond = await keys.put(key, 'two', 0);
    const stored = await keys.get(key);
    keys.watch(key, (entry) => seen.take(entry?.value ?? 'none'));
    await seen.until((value) => value === 'one');
    const isChanged = await keys.put(key, 'three', stored?.index);
    await seen.until((value) => value === 'three');
    await keys.remove(key);
    await seen.until((value) => value === 'none');

    expect({ before, isFirst, isSecond, stored: stored?.value, isChanged }).toEqual({
      before: null,
      isFirst: true,
      isSecond: false,
      stored: 'one',
      isChanged: true,
    });
  });

  it('lists the services that carry a tag', async () => {
    const discovery = discover(consulUrl);
    const [wanted, other] = [await aService({ tags: [randomUUID()] }), await aService()];
    const seen = collect<readonly { name: string }[]>();
    discovery.watchServices(seen.take, { tag: wanted.tags[0] ?? '' });

    const registrations = [await discovery.register(other), await discovery.register(wanted)];
    const found = await seen.until((services) => services.length > 0);
    for (const registration of registrations) await registration.deregister();

    expect(found).toEqual([{ name: wanted.name, tags: wanted.tags }]);
  });

  it('registers again when the agent has forgotten the service', async () => {
    const discovery = discover(consulUrl, 50);
    const service = await aService();
    const seen = collect<readonly Instance[]>();
    const registration = await discovery.register(service);
    discovery.watchInstances(service.name, seen.take);
    const [instance] = await seen.until((found) => found.length === 1);
    seen.told.length = 0;

    await fetch(`${consulUrl}/v1/agent/service/deregister/${instance?.id}`, { method: 'PUT' });
    const again = await seen.until((found) => found.length === 1);
    await registration.deregister();

    expect(again).toEqual([instance]);
  });

  it('says that Consul is reachable', async () => {
    await expect(discover(consulUrl).isReachable()).resolves.toBeUndefined();
  });
});

describe('discovery when Consul fails', () => {
  it('keeps the last known instances, and asks from the beginning until Consul answers again', async () => {
    let isBroken = false;
    const fake = await fakeConsul((_request, turn) => {
      if (turn === 1) return { index: 5, body: [entry('a')] };
      if (turn === 2) isBroken = true;
      return isBroken && turn < 4
        ? { status: 500, index: 6, body: [] }
        : { index: 6 + turn, body: [entry('a'), entry('b')] };
    });
    const seen = collect<readonly Instance[]>();

    discover(fake.url).watchInstances('users', seen.take);
    await seen.until((found) => found.length === 2);

    expect(seen.told.map(ids)).toEqual(['a', 'a,b']);
    expect(fake.queries.slice(0, 4).map(({ index }) => index)).toEqual(['0', '5', '0', '0']);
  });

  it('keeps them when Consul sends what is no answer', async () => {
    const fake = await fakeConsul((_request, turn) => ({
      index: turn,
      body: turn === 2 ? { error: 'x' } : [entry(`${turn}`)],
    }));
    const seen = collect<readonly Instance[]>();

    discover(fake.url).watchInstances('users', seen.take);
    await seen.until((found) => ids(found) === '3');

    expect(seen.told.map(ids).slice(0, 2)).toEqual(['1', '3']);
  });

  it('starts again from 0 when the index goes backwards, and never asks with one below 1 otherwise', async () => {
    const indexes = [9, 3, 0, 4];
    const fake = await fakeConsul((_request, turn) => {
      const index = indexes[turn - 1];
      return index === undefined ? null : { index, body: [entry(`${turn}`)] };
    });
    const seen = collect<readonly Instance[]>();

    discover(fake.url).watchInstances('users', seen.take);
    await seen.until((found) => ids(found) === '4');

    expect(fake.queries.slice(0, 4).map(({ index }) => index)).toEqual(['0', '9', '0', '1']);
  });

  // Who had been told of an empty catalogue under a high index waited behind that for half a minute.
  it('does not wait behind the index of an empty answer', async () => {
    const fake = await fakeConsul((_request, turn) => {
      if (turn === 1) return { index: 5, body: [entry('a')] };
      return turn === 2 ? { index: 1_000_000, body: [] } : { index: 6, body: [entry('a'), entry('b')] };
    });
    const seen = collect<readonly Instance[]>();

    discover(fake.url).watchInstances('users', seen.take);
    await seen.until((found) => found.length === 2);

    expect(fake.queries.slice(0, 3).map(({ index }) => index)).toEqual(['0', '5', '0']);
  });

  it('asks at most twice a second when Consul does not wait', async () => {
    const sixth = Promise.withResolvers<void>();
    const fake = await fakeConsul((_request, turn) => {
      if (turn === 6) sixth.resolve();
      return { index: 7, body: [entry('a')] };
    });
    const seen = collect<readonly Instance[]>();

    discover(fake.url).watchInstances('users', seen.take);
    await sixth.promise;

    const [first, , , , , last] = fake.queries.map(({ atMs }) => atMs);
    expect((last ?? 0) - (first ?? 0)).toBeGreaterThan(900);
    expect(seen.told.map(ids)).toEqual(['a']);
  });

  it('registers once Consul comes back, without failing before', async () => {
    const { port, url, close } = await serve(() => undefined);
    await close();
    const registration = await discover(url).register({
      name: 'late',
      address: '127.0.0.1',
      port: 1,
      tags: [],
      meta: {},
    });
    const registered = Promise.withResolvers<string>();

    await serve((request, response) => {
      registered.resolve(request.url ?? '');
      response.end();
    }, port);

    expect(await registered.promise).toBe('/v1/agent/service/register');
    await registration.deregister();
  });

  it('gives up deregistering after two seconds', async () => {
    const fake = await fakeConsul((request) => (request.url?.includes('/register') ? {} : null));
    const registration = await discover(fake.url).register({
      name: 'x',
      address: '127.0.0.1',
      port: 1,
      tags: [],
      meta: {},
    });
    const startedMs = performance.now();

    await registration.deregister();

    expect(performance.now() - startedMs).toBeGreaterThan(1500);
    expect(performance.now() - startedMs).toBeLessThan(3000);
  });

  it('says that Consul is unreachable, and where it should be', async () => {
    const { url, close } = await serve(() => undefined);
    await close();

    await expect(discover(url).isReachable()).rejects.toMatchObject({
      code: 'CONSUL_UNREACHABLE',
      message: expect.stringContaining(new URL(url).host),
    });
  });
});
