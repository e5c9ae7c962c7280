import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLog } from '@storefront/platform/log/log.ts';
import { openRedis, type Redis } from '@storefront/platform/redis/redis.ts';
import { testKeyPrefix, testRedisUrl } from '@storefront/platform/testing/servers.ts';
import { WebSocket } from 'ws';
import { serveEventStream } from '../../transports/event-stream/serve-event-stream.ts';
import { startGraphql } from '../../transports/http/testing/start-graphql.ts';
import { openLiveGateway } from '../../transports/testing/live-gateway.ts';
import { serveWebsocket } from '../../transports/websocket/serve-websocket.ts';
import { houseManifest, readManifest } from './manifest.ts';
import { createRegisteredTexts, hashOf } from './registered-texts.ts';

const log = createLog({ service: 'test', level: 'silent' });
const greeting = '{ greeting }';
const id = hashOf(greeting);
const trusted = new Map([[id, greeting]]);
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: Parameters<typeof startGraphql>[0]) {
  const gateway = await startGraphql(options);
  closers.push(gateway.close);
  const ask = async (body: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, text, code: /"code":"(\w+)"/.exec(text)?.[1] };
  };
  return { ...gateway, ask };
}

async function openTestRedis(keyPrefix: string): Promise<Redis> {
  const redis = await openRedis({ url: testRedisUrl(), log, keyPrefix });
  closers.push(() => redis.disconnect());
  return redis;
}

const persisted = (sha256Hash: unknown, version = 1) => ({ extensions: { persistedQuery: { version, sha256Hash } } });
const hello = '{"data":{"greeting":"Hello you"}}';

/** A gateway with websockets and event streams, and a socket that is acknowledged. */
async function openStreams(options: Parameters<typeof openLiveGateway>[0]) {
  const gateway = await openLiveGateway(options);
  const websocket = serveWebsocket(gateway.server.server, gateway.deps, { closeWithinMs: 0 });
  serveEventStream(gateway.server, gateway.deps, { maxOperations: 3 });
  gateway.server.get('/graphql', () => null);
  const { url } = await gateway.start();
  closers.push(async () => {
    await websocket.close();
    await gateway.close();
  });
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  return { url, socket };
}

describe('trusted documents', () => {
  it.each([
    ['documentId', { documentId: id }],
    ['documentId with its algorithm', { documentId: `sha256:${id}` }],
    ['the extension of persisted queries', persisted(id)],
  ])('are executed by %s', async (_name, body) => {
    const { ask } = await start({ trusted });

    expect((await ask(body)).text.trim()).toBe(hello);
  });

  it('are executed by GET', async () => {
    const { url } = await start({ trusted, trustMode: 'only' });
    const extensions = encodeURIComponent(JSON.stringify(persisted(id).extensions));
    const headers = { 'apollo-require-preflight': '1' };

    const answers = await Promise.all(
      [`documentId=${id}`, `extensions=${extensions}`].map((search) => fetch(`${url}/graphql?${search}`, { headers })),
    );

    for (const answer of answers) expect((await answer.text()).trim()).toBe(hello);
  });

  it('are all that is executed when only they are', async () => {
    const { ask, engine } = await start({ trusted, trustMode: 'only' });

    expect((await ask({ query: greeting })).status).toBe(200);
    expect(engine.requests).toHaveLength(1);
    expect(await ask({ query: '{ whoami }' })).toMatchObject({ status: 400, code: 'QUERY_NOT_IN_SAFELIST' });
    expect(await ask({ query: '{ whoami }', ...persisted(id) })).toMatchObject({
      status: 400,
      code: 'QUERY_NOT_IN_SAFELIST',
    });
    expect(await ask({ documentId: 'nobody' })).toMatchObject({ status: 400, code: 'PERSISTED_QUERY_NOT_IN_LIST' });
    expect(await ask(persisted(hashOf('{ whoami }')))).toMatchObject({
      status: 400,
      code: 'PERSISTED_QUERY_NOT_IN_LIST',
    });
    expect(await ask({})).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(engine.requests).toHaveLength(1);
  });

  it('are not known when they are off', async () => {
    const { ask } = await start({ trusted, trustMode: 'off' });

    expect(await ask({ documentId: id })).toMatchObject({ status: 200, code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  it('come over websockets and event streams too', async () => {
    const { url, socket } = await openStreams({ trusted });

    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '', ...persisted(id) } }));
    const [message] = await once(socket, 'message');
    const stream = await fetch(`${url}/graphql?documentId=${id}`, { headers: { accept: 'text/event-stream' } });

    expect(String(message)).toContain('"data":{"greeting":"Hello"}');
    expect(await stream.text()).toContain('{"data":{"greeting":"Hello"}}');
    socket.terminate();
  });

  it('are all that is executed over websockets and event streams when only they are', async () => {
    const { url, socket } = await openStreams({ trusted, trustMode: 'only' });

    socket.send('{"id":"1","type":"subscribe","payload":{"query":"{ whoami }"}}');
    const [message] = await once(socket, 'message');
    const accept = 'text/event-stream';
    const stream = await fetch(`${url}/graphql?query=${encodeURIComponent('{ whoami }')}`, { headers: { accept } });

    expect(String(message)).toContain('QUERY_NOT_IN_SAFELIST');
    expect([stream.status, await stream.text()]).toEqual([400, expect.stringContaining('QUERY_NOT_IN_SAFELIST')]);
    socket.terminate();
  });

  it('are those of the house’s manifest', () => {
    const manifest = readManifest(houseManifest);

    for (const [key, body] of manifest) expect(hashOf(body)).toBe(key);
    expect([...manifest.values()].join('\n')).toContain('query ListProducts');
    expect(readFileSync(houseManifest, 'utf8')).toContain('"format": "apollo-persisted-query-manifest"');
  });
});

describe('a text that a client registers', () => {
  it('is found by its hash, at every gateway on the same Redis', async () => {
    const prefix = testKeyPrefix();
    const one = await start({ redis: await openTestRedis(prefix) });
    const other = await start({ redis: await openTestRedis(prefix) });

    expect(await one.ask(persisted(id))).toMatchObject({ status: 200, code: 'PERSISTED_QUERY_NOT_FOUND' });
    expect((await one.ask({ query: greeting, ...persisted(id) })).text.trim()).toBe(hello);
    expect((await one.ask(persisted(id))).text.trim()).toBe(hello);
    expect((await other.ask(persisted(id))).text.trim()).toBe(hello);
  });

  it('is not kept under another hash, nor when it may not be executed', async () => {
    const redis = await openTestRedis(testKeyPrefix());
    const { ask, engine } = await start({ redis });
    const broken = '{ nothing }';

    expect(await ask({ query: '{ whoami }', ...persisted(id) })).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    await ask({ query: broken, ...persisted(hashOf(broken)) });

    expect(await ask(persisted(hashOf(broken)))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
    expect(await redis.exists(`apq:${id}`, `apq:${hashOf(broken)}`)).toBe(0);
    expect(engine.requests).toHaveLength(0);
  });

  it.each([persisted(id, 2), persisted('short'), persisted({}), { documentId: 7 }])(
    'is not named by %j',
    async (body) => {
      const { ask } = await start({});

      expect(await ask({ query: greeting, ...body })).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    },
  );

  it('goes when newer ones are too many, is not kept when it is long, and is not believed when Redis holds another', async () => {
    const redis = await openTestRedis(testKeyPrefix());
    const texts = createRegisteredTexts({ redis, log }, { max: 2, maxLength: 20 });
    const afresh = () => createRegisteredTexts({ redis, log });

    for (const text of ['one', 'two', 'three', 'x'.repeat(21)]) await texts.keep(hashOf(text), text);
    await redis.set(`apq:${hashOf('mine')}`, 'forged');

    const kept = await Promise.all(['one', 'two', 'three'].map((text) => afresh().find(hashOf(text))));
    expect(kept.filter((text) => text !== null)).toHaveLength(2);
    expect(await afresh().find(hashOf('x'.repeat(21)))).toBeNull();
    expect(await afresh().find(hashOf('mine'))).toBeNull();
  });
});
