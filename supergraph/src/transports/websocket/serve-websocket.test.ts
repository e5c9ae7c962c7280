import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { buildSchema } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { liveFields, liveRoot, liveSchema, type LiveGatewayOptions, openLiveGateway } from '../testing/live-gateway.ts';
import { serveWebsocket, type WebsocketOptions } from './serve-websocket.ts';

const query = 'subscription ($after: String) { placed(after: $after) { id } }';
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: LiveGatewayOptions & Partial<WebsocketOptions> = {}) {
  const gateway = await openLiveGateway(options);
  const websocket = serveWebsocket(gateway.server.server, gateway.deps, { closeWithinMs: 0, ...options });
  const { url } = await gateway.start();
  closers.push(async () => {
    await websocket.close();
    await gateway.close();
  });
  return { ...gateway, websocket, url: `${url.replace('http', 'ws')}/graphql` };
}

/** graphql-ws's own client. */
function connect(url: string, authorization: string | (() => string), options = {}): Client {
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    lazy: false,
    connectionParams: () => ({ authorization: typeof authorization === 'string' ? authorization : authorization() }),
    onNonLazyError: () => undefined,
    retryAttempts: 0,
    ...options,
  });
  closers.push(() => client.dispose());
  return client;
}

interface Followed {
  readonly ids: string[];
  readonly codes: unknown[];
  readonly cursors: string[];
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** Subscribes; `variables.after` follows the last cursor, so that the client goes on there when it connects again. */
async function follow(client: Client, source = query, variables: Record<string, unknown> = {}): Promise<Followed> {
  const ended = Promise.withResolvers<void>();
  const followed = { ids: [] as string[], codes: [] as unknown[], cursors: [] as string[] };
  const end = client.subscribe<{ placed: { id: string } }, { cursor?: string }>(
    { query: source, variables },
    {
      next({ data, errors, extensions }) {
        if (data?.placed) followed.ids.push(data.placed.id);
        for (const error of errors ?? []) followed.codes.push(error.extensions?.['code']);
        if (extensions?.cursor) {
          followed.cursors.push(extensions.cursor);
          variables['after'] = extensions.cursor;
        }
      },
      error: (fault) => ended.reject(fault),
      complete: () => ended.resolve(),
    },
  );
  ended.promise.catch(() => undefined);
  await settle(client);
  return { ...followed, ended: ended.promise, end };
}

/** There is no answer to `subscribe`: a query sent after it is answered when it is at work. */
async function settle(client: Client): Promise<void> {
  for await (const _ of client.iterate({ query: '{ greeting }' }));
}

/** A socket without a client's good manners. */
async function openRaw(url: string, { protocols = ['graphql-transport-ws'], origin = '' } = {}) {
  const socket = new WebSocket(url, protocols, origin ? { origin } : {});
  const messages: Record<string, unknown>[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Record<string, unknown>));
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: Number(code), reason: String(reason) }));
  closed.catch(() => undefined);
  await once(socket, 'open');
  closers.push(() => socket.terminate());
  const say = (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const hear = (type: string) => until(() => messages.find((message) => message['type'] === type));
  return { socket, messages, closed, say, hear };
}

async function openReady(url: string, authorization = 'Bearer ada') {
  const raw = await openRaw(url);
  raw.say({ type: 'connection_init', payload: { authorization } });
  await raw.hear('connection_ack');
  return raw;
}
const aSubscription = (id: string, source = query) => ({ id, type: 'subscribe', payload: { query: source } });

describe('a websocket', () => {
  it('brings queries, mutations and the events that concern the user, each with its cursor', async () => {
    const { url, announce } = await start();
    const client = connect(url, 'Bearer ada');
    const { ids, cursors } = await follow(client);

    await announce('foreign', ['grace']);
    await announce('one');
    await announce('two');
    await until(() => ids.length === 2);

    expect(ids).toEqual(['one', 'two']);
    expect(cursors).toEqual([expect.stringMatching(/^\d+-\d+$/), expect.stringMatching(/^\d+-\d+$/)]);
    const answers = [];
    for await (const answer of client.iterate({ query: 'mutation { count }' })) answers.push(answer);
    expect(answers).toEqual([{ data: { count: 1 } }]);
  });

  it.each([
    ['a message that is no JSON', 4400, ['{"type"']],
    ['a message of an unknown type', 4400, ['{"type":"hello"}']],
    ['a subscription before connection_init', 4401, [JSON.stringify(aSubscription('1'))]],
    ['a token that does not hold', 4403, ['{"type":"connection_init","payload":{"authorization":"Bearer forged"}}']],
    ['an id that is in use', 4409, [aSubscription('1'), aSubscription('1')]],
    ['a second connection_init', 4429, ['{"type":"connection_init"}', '{"type":"connection_init"}']],
    ['a message that is too large', 1009, ['x'.repeat(100_001)]],
  ] as const)('closes for %s with %i', async (_what, code, messages) => {
    const { url } = await start();
    const raw = code === 4409 ? await openReady(url) : await openRaw(url);

    for (const message of messages) raw.say(message);

    expect((await raw.closed).code).toBe(code);
  });

  it('closes with 4408 for a client that says nothing, and with 4406 for one that names no protocol of ours', async () => {
    const { url } = await start({ initTimeoutMs: 50 });

    const silent = await openRaw(url);
    const foreign = await openRaw(url, { protocols: [] });

    expect((await silent.closed).code).toBe(4408);
    expect((await foreign.closed).code).toBe(4406);
  });

  it('answers a syntax error with an error message and goes on', async () => {
    const { url } = await start();
    const raw = await openReady(url);

    raw.say(aSubscription('1', 'subscription {'));
    const error = await raw.hear('error');
    raw.say(aSubscription('2', '{ greeting }'));

    expect(error).toMatchObject({ id: '1', payload: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] });
    expect(await raw.hear('next')).toEqual({ id: '2', type: 'next', payload: { data: { greeting: 'Hello' } } });
  });

  it('refuses a page of a foreign origin before there is a socket', async () => {
    const { url } = await start();

    await expect(openRaw(url, { origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(openRaw(url, { origin: 'https://shop.example' })).resolves.toBeDefined();
  });

  it('lets a user have so many sockets and no more, and a socket so many operations', async () => {
    const { url } = await start({ seats: { socketsPerUser: 2 } });
    const first = await openReady(url);
    await openReady(url);

    const third = await openRaw(url);
    third.say({ type: 'connection_init', payload: { authorization: 'Bearer ada' } });
    const grace = await openReady(url, 'Bearer grace');
    for (let id = 1; id <= 21; id += 1) grace.say(aSubscription(String(id)));

    expect(await third.closed).toEqual({ code: 4429, reason: 'Too many sockets: close one first.' });
    expect(await grace.hear('error')).toMatchObject({
      id: '21',
      payload: [{ extensions: { code: 'TOO_MANY_OPERATIONS' } }],
    });
    first.socket.close();
    await first.closed;
    await expect(openReady(url)).resolves.toBeDefined();
  });
});

describe('a websocket that was cut before the first event', () => {
  it('goes on from the cursor that connection_ack brought', async () => {
    const { url, announce } = await start();
    const first = await openReady(url);
    const { payload } = await first.hear('connection_ack');
    const { cursor } = payload as { cursor: string };
    first.socket.terminate();
    await announce('meanwhile');

    const { ids } = await follow(connect(url, 'Bearer ada'), query, { after: cursor });
    await until(() => ids.length === 1);

    expect(ids).toEqual(['meanwhile']);
  });
});

describe('a websocket whose token ends', () => {
  it('closes with a code on which the client comes back with a fresh token, and misses nothing', async () => {
    const { url, announce } = await start();
    const tokens = ['Bearer ada.300', 'Bearer ada'];
    const client = connect(url, () => tokens.shift() ?? '', { retryAttempts: 5, retryWait: async () => undefined });
    const closed: number[] = [];
    client.on('closed', (event) => closed.push((event as { code: number }).code));
    const { ids } = await follow(client);
    await announce('before');
    await until(() => closed.length === 1);

    await announce('meanwhile');
    await until(() => ids.length === 2);
    await announce('after');
    await until(() => ids.length === 3);

    expect(closed).toEqual([4403]);
    expect(ids).toEqual(['before', 'meanwhile', 'after']);
  });

  it('stays open when a ping brings a fresh one in time', async () => {
    const { url } = await start();
    const raw = await openReady(url, 'Bearer ada.400');
    raw.say(aSubscription('1'));

    raw.say({ type: 'ping', payload: { authorization: 'Bearer ada.1500' } });
    const pong = await raw.hear('pong');

    expect(pong).toMatchObject({ payload: { renewed: true } });
    const openedAt = performance.now();
    expect((await raw.closed).code).toBe(4403);
    expect(performance.now() - openedAt).toBeGreaterThan(900);
  });

  it.each([
    ['that does not hold', 'Bearer forged'],
    ['of somebody else', 'Bearer grace'],
  ])('closes when a ping brings a token %s', async (_what, authorization) => {
    const { url } = await start();
    const raw = await openReady(url);

    raw.say({ type: 'ping', payload: { authorization } });

    expect((await raw.closed).code).toBe(4403);
  });

  it('closes at once when the session is revoked, and no other', async () => {
    const { url, revoke, announce } = await start();
    const adas = await openReady(url);
    const { ids } = await follow(connect(url, 'Bearer grace'));

    revoke('ada');

    expect(await adas.closed).toEqual({ code: 4403, reason: 'The session has ended. Sign in again.' });
    await announce('later', ['grace']);
    await until(() => ids.length === 1);
  });
});

describe('subscriptions on a websocket', () => {
  it('are told at once when their cursor has expired', async () => {
    const { url } = await start();

    const { codes, ended } = await follow(connect(url, 'Bearer ada'), query, { after: '1-1' });
    await ended;

    expect(codes).toEqual(['CURSOR_EXPIRED']);
  });

  it('are executed once for all who subscribe to the same with the same rights', async () => {
    const { url, announce, engine } = await start();
    const seenBy = 'subscription ($after: String) { placed(after: $after) { id seenBy } }';
    const all = await Promise.all(
      ['ada', 'ada', 'grace'].map((name) => follow(connect(url, `Bearer ${name}`), seenBy, {})),
    );
    const before = engine.requests.length;

    await announce('one', ['ada', 'grace']);
    await until(() => all.every(({ ids }) => ids.length === 1));

    expect(engine.requests.length - before).toBe(2);
  });

  it('go on on a new graph, and end with the reason when it has not got their field', async () => {
    const { url, announce, engine } = await start();
    const stays = await follow(connect(url, 'Bearer ada'));
    const source = 'subscription { placed { id seenBy } }';
    const goes = await follow(connect(url, 'Bearer ada'), source);
    await announce('before');
    await until(() => stays.ids.length === 1 && goes.ids.length === 1);

    engine.serve(
      buildSchema('type Query { greeting: String } type Subscription { placed(after: String): P } type P { id: ID }'),
      liveRoot,
      liveFields,
    );
    await goes.ended;
    await announce('after');
    await until(() => stays.ids.length === 2);

    expect(goes.codes).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(stays.codes).toEqual([]);
    engine.serve(liveSchema, liveRoot, liveFields);
  });

  it('leave nothing behind when their socket closes', async () => {
    const { url, operations, listenerCount } = await start();
    const raw = await openReady(url);
    raw.say(aSubscription('1'));
    raw.say(aSubscription('2'));

    raw.socket.terminate();
    await until(() => operations.length === 2);

    expect(listenerCount()).toBe(0);
  });
});

describe('a client that reads nothing', () => {
  it('is closed when too much waits for it, and others are not kept waiting', async () => {
    const { url, announce } = await start({ maxUnsentBytes: 100_000 });
    const stopped = await openReady(url);
    const large = 'subscription { large(bytes: 400000) }';
    for (let id = 1; id <= 20; id += 1) stopped.say(aSubscription(String(id), large));
    const { ids } = await follow(connect(url, 'Bearer ada'));
    stopped.socket.pause();

    for (let at = 0; at < 5; at += 1) await announce(`event ${at}`);
    await until(() => ids.length === 5);
    await until(() => stopped.socket.readyState !== WebSocket.OPEN || (stopped.socket.resume(), false), {
      timeoutMs: 10_000,
    });

    expect(ids).toHaveLength(5);
    expect([1013, 1006]).toContain((await stopped.closed).code);
  });

  it('is dropped although nothing waits, when it gives no sign of life', async () => {
    const { url, operations } = await start({ keepAliveMs: 160 });
    const stopped = await openReady(url);
    stopped.say(aSubscription('1'));

    stopped.socket.pause();

    await until(() => operations.length === 1);
  });
});

describe('the end of the server', () => {
  it('closes sockets with 1001 after which the client goes on elsewhere, and refuses new ones', async () => {
    const { url, websocket } = await start();
    const raw = await openReady(url);

    const closing = websocket.close();
    await expect(openRaw(url)).rejects.toThrow('503');

    expect((await raw.closed).code).toBe(1001);
    await closing;
  });
});
