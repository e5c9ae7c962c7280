import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { EventSource } from 'eventsource';
import { Agent, EventSource as PlatformEventSource } from 'undici';
import { type Client, type ClientOptions, createClient } from 'graphql-sse';
import { serveGraphql } from '../http/serve-graphql.ts';
import { type LiveGatewayOptions, openLiveGateway } from '../testing/live-gateway.ts';
import { serveEventStream } from './serve-event-stream.ts';

const query = 'subscription ($after: String) { placed(after: $after) { id } }';
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: LiveGatewayOptions = {}) {
  const gateway = await openLiveGateway(options);
  const { server, deps } = gateway;
  serveEventStream(server, deps, { maxOperations: 3, stallTimeoutMs: 500 });
  const graphql = await serveGraphql(server, deps, { introspection: true, suggestions: true, maxTokens: 1_000 });
  const { url } = await gateway.start();
  closers.push(async () => {
    await deps.openStreams.close();
    await gateway.close();
    await graphql.close();
  });
  return { ...gateway, url: `${url}/graphql`, shared: `${url}/graphql/stream` };
}

/** A browser's EventSource, with the header that browsers cannot send. */
function listen(url: string, { authorization = 'Bearer ada', source = query, variables = {} } = {}) {
  const address = new URL(url);
  address.search = new URLSearchParams({ query: source, variables: JSON.stringify(variables) }).toString();
  const events = new EventSource(address, {
    fetch: (to, init) => fetch(to, { ...init, headers: { ...init.headers, authorization } }),
  });
  const heard = {
    ids: [] as string[],
    lastEventIds: [] as string[],
    codes: [] as unknown[],
    faults: [] as unknown[],
    completes: 0,
  };
  events.addEventListener('next', ({ data, lastEventId }) => {
    const { data: placed, errors } = JSON.parse(String(data)) as {
      data?: { placed: { id: string } };
      errors?: { extensions: { code: string } }[];
    };
    if (placed) heard.ids.push(placed.placed.id);
    heard.codes.push(...(errors ?? []).map(({ extensions }) => extensions.code));
    heard.lastEventIds.push(lastEventId);
  });
  events.addEventListener('complete', () => {
    heard.completes += 1;
    events.close();
  });
  events.addEventListener('error', ({ code }) => heard.faults.push(code));
  closers.push(() => events.close());
  return { events, heard, opened: () => until(() => events.readyState === EventSource.OPEN) };
}

/** graphql-sse's own client. */
function connect(url: string, options: Partial<ClientOptions<boolean>> = {}): Client {
  const client = createClient({
    url,
    headers: { authorization: 'Bearer ada' },
    retryAttempts: 0,
    ...options,
  } as ClientOptions);
  closers.push(() => client.dispose());
  return client;
}

function follow(client: Client, variables: Record<string, unknown> = {}) {
  const heard = {
    ids: [] as string[],
    codes: [] as unknown[],
    isComplete: false,
    fault: undefined as unknown,
    connections: 0,
  };
  const end = client.subscribe<{ placed: { id: string } }, { cursor: string }>(
    { query, variables },
    {
      next({ data, errors, extensions }) {
        if (data?.placed) heard.ids.push(data.placed.id);
        heard.codes.push(...(errors ?? []).map((error) => error.extensions?.['code']));
        if (extensions) variables['after'] = extensions.cursor;
      },
      error: (fault) => (heard.fault = fault),
      complete: () => (heard.isComplete = true),
    },
    { connected: () => (heard.connections += 1) },
  );
  return { heard, end, opened: () => until(() => heard.connections > 0) };
}

describe('server-sent events', () => {
  it('bring an EventSource what concerns the user, with the cursor as id', async () => {
    const { url, announce } = await start();
    const { heard, opened } = listen(url);
    await opened();

    await announce('foreign', ['grace']);
    await announce('one');
    await until(() => heard.ids.length === 1);

    expect(heard.ids).toEqual(['one']);
    expect(heard.lastEventIds).toEqual([expect.stringMatching(/^\d+-\d+$/)]);
  });

  it('go on by themselves where an EventSource was cut off', async () => {
    const { url, server, announce } = await start();
    const { events, heard, opened } = listen(url);
    await opened();
    await announce('before');
    await until(() => heard.ids.length === 1);

    server.server.closeAllConnections();
    await until(() => events.readyState === EventSource.CONNECTING);
    await announce('meanwhile');
    await until(() => heard.ids.length === 2, { timeoutMs: 10_000 });
    await announce('after');
    await until(() => heard.ids.length === 3);

    expect(heard.ids).toEqual(['before', 'meanwhile', 'after']);
  });

  it('go on where they began when a browser was cut off before the first event', async () => {
    const { url, server, announce } = await start();
    const signIn = new Agent().compose((dispatch) => (options, handler) => {
      const headers = { ...(options.headers as Record<string, string>), authorization: 'Bearer ada' };
      return dispatch({ ...options, headers }, handler);
    });
    const events = new PlatformEventSource(`${url}?query=${encodeURIComponent(query)}`, {
      node: { dispatcher: signIn },
    });
    closers.push(() => events.close());
    const heard: string[] = [];
    events.addEventListener('next', (event) => heard.push(String((event as MessageEvent).data)));
    await until(() => events.readyState === EventSource.OPEN);

    server.server.closeAllConnections();
    await until(() => events.readyState === EventSource.CONNECTING);
    await announce('meanwhile');
    await until(() => heard.length === 1, { timeoutMs: 10_000 });

    expect(heard).toEqual([expect.stringContaining('meanwhile')]);
  });

  it('end with the reason and a complete event when the cursor has expired', async () => {
    const { url } = await start();

    const { heard } = listen(url, { variables: { after: '1-1' } });
    await until(() => heard.completes === 1);

    expect(heard.codes).toEqual(['CURSOR_EXPIRED']);
  });

  it('answer a token that does not hold with 401, on which an EventSource gives up', async () => {
    const { url } = await start();

    const { events, heard } = listen(url, { authorization: 'Bearer forged' });
    await until(() => events.readyState === EventSource.CLOSED);

    expect(heard.faults).toEqual([401]);
  });

  it('tell of a token that expires and of a session that ends, and end', async () => {
    const { url, revoke } = await start();
    const expiring = listen(url, { authorization: 'Bearer grace.300' });
    const revoked = listen(url, { authorization: 'Bearer ada' });
    await Promise.all([expiring.opened(), revoked.opened()]);

    revoke('ada');
    await until(() => expiring.heard.completes === 1 && revoked.heard.completes === 1);

    expect([expiring.heard.codes, revoked.heard.codes]).toEqual([['TOKEN_EXPIRED'], ['SESSION_ENDED']]);
  });

  it('bring the answers of queries and mutations too, but change nothing by GET', async () => {
    const { url } = await start();
    const post = await fetch(url, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      body: '{"query":"mutation { count }"}',
    });
    const get = await fetch(`${url}?query=${encodeURIComponent('mutation { count }')}`, {
      headers: { accept: 'text/event-stream' },
    });

    expect(await post.text()).toBe(':\n\nevent: next\ndata: {"data":{"count":1}}\n\nevent: complete\ndata:\n\n');
    expect(get.status).toBe(405);
  });

  it('leave the other answers of the address alone', async () => {
    const { url } = await start();

    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ greeting }"}',
    });

    expect(await response.json()).toEqual({ data: { greeting: 'Hello' } });
  });

  it('are so many for a user and no more', async () => {
    const { url } = await start({ seats: { streamsPerUser: 1 } });
    const first = listen(url);
    await first.opened();

    const second = listen(url);
    await until(() => second.heard.faults.length > 0);
    first.events.close();

    expect(second.heard.faults).toEqual([429]);
    const third = await until(async () => {
      const tried = listen(url);
      await until(() => tried.events.readyState !== EventSource.CONNECTING);
      return tried.events.readyState === EventSource.OPEN;
    });
    expect(third).toBe(true);
  });

  it('are cut off when the client reads nothing, and cost no memory until then', async () => {
    const { url, announce, listenerCount } = await start();
    const source = 'subscription { large(bytes: 4000000) }';
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: 'Bearer ada' },
      body: JSON.stringify({ query: source }),
    });
    expect(response.status).toBe(200);

    for (let at = 0; at < 5; at += 1) await announce(`event ${at}`);

    await until(() => listenerCount() === 0);
  });

  it('end at a shutdown in a way that has an EventSource come back, and graphql-sse’s client too', async () => {
    const { url, deps, announce } = await start();
    const { events, heard, opened } = listen(url);
    await opened();
    const client = follow(connect(url, { retryAttempts: 5, retry: async () => undefined }));
    await client.opened();
    await announce('before');
    await until(() => heard.ids.length === 1 && client.heard.ids.length === 1);

    await deps.openStreams.close();

    await until(() => events.readyState === EventSource.CONNECTING);
    expect(heard.completes).toBe(0);
    expect(client.heard).toMatchObject({ isComplete: false, fault: undefined });
  });
});

describe('graphql-sse’s client', () => {
  it('subscribes, and goes on after a cursor', async () => {
    const { url, announce } = await start();
    const variables: Record<string, unknown> = {};
    const first = follow(connect(url), variables);
    await first.opened();
    await announce('one');
    await until(() => first.heard.ids.length === 1);
    first.end();
    await announce('two');

    const second = follow(connect(url), variables);
    await until(() => second.heard.ids.length === 1);

    expect(second.heard.ids).toEqual(['two']);
  });

  it('is told what is wrong with a document', async () => {
    const { url } = await start();
    const answers = [];

    for await (const answer of connect(url).iterate({ query: '{ nothing }' })) answers.push(answer);

    expect(answers).toMatchObject([{ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] }]);
  });

  it('carries many operations over one stream', async () => {
    const { shared, announce, operations: _ } = await start();
    const client = connect(shared, { singleConnection: true });
    const [one, two] = [follow(client), follow(client)];
    const answers = [];
    for await (const answer of client.iterate({ query: '{ greeting }' })) answers.push(answer);

    await announce('one');
    await until(() => one.heard.ids.length === 1 && two.heard.ids.length === 1);
    one.end();
    await settle(client);
    await announce('two');
    await until(() => two.heard.ids.length === 2);

    expect(answers).toEqual([{ data: { greeting: 'Hello' } }]);
    expect(one.heard.ids).toEqual(['one']);
  });

  it('is told on its one stream when the token expires', async () => {
    const { shared } = await start();
    const client = connect(shared, { singleConnection: true, headers: { authorization: 'Bearer ada.400' } });
    const { heard } = follow(client);

    await until(() => heard.isComplete);

    expect(heard.codes).toEqual(['TOKEN_EXPIRED']);
  });
});

describe('a shared stream', () => {
  async function reserve(shared: string) {
    const response = await fetch(shared, { method: 'PUT', headers: { authorization: 'Bearer ada' } });
    const token = await response.text();
    const ask = (
      method: string,
      more: { authorization?: string; accept?: string; body?: object; search?: string } = {},
    ) =>
      fetch(`${shared}${more.search ?? ''}`, {
        method,
        headers: {
          'x-graphql-event-stream-token': token,
          authorization: more.authorization ?? 'Bearer ada',
          ...(more.accept ? { accept: more.accept } : {}),
          ...(more.body ? { 'content-type': 'application/json' } : {}),
        },
        ...(more.body ? { body: JSON.stringify(more.body) } : {}),
      });
    return { status: response.status, token, ask };
  }
  const anOperation = (operationId: string) => ({ query, extensions: { operationId } });

  it('is reserved, opened once, and used by its owner alone', async () => {
    const { shared } = await start();
    const { status, ask } = await reserve(shared);

    const open = await ask('GET', { accept: 'text/event-stream' });
    const again = await ask('GET', { accept: 'text/event-stream' });
    const foreign = await ask('POST', { authorization: 'Bearer grace', body: anOperation('1') });
    const own = await ask('POST', { body: anOperation('1') });
    const double = await ask('POST', { body: anOperation('1') });
    const nameless = await ask('POST', { body: { query } });
    const stopped = await ask('DELETE', { search: '?operationId=1' });

    expect([status, open.status, again.status, foreign.status]).toEqual([201, 200, 409, 403]);
    expect([own.status, double.status, nameless.status, stopped.status]).toEqual([202, 409, 400, 200]);
    await open.body?.cancel();
  });

  it('takes so many operations and no more', async () => {
    const { shared } = await start();
    const { ask } = await reserve(shared);

    const statuses = [];
    for (const id of ['1', '2', '3', '4']) statuses.push((await ask('POST', { body: anOperation(id) })).status);

    expect(statuses).toEqual([202, 202, 202, 429]);
  });

  it('is not found under a token that nobody has', async () => {
    const { shared } = await start();

    const response = await fetch(`${shared}?token=made-up`, { headers: { accept: 'text/event-stream' } });

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('one process'), extensions: { code: 'STREAM_NOT_FOUND' } }],
    });
  });
});

/** On a shared stream a query that is answered shows that what was asked before is at work. */
async function settle(client: Client): Promise<void> {
  for await (const _ of client.iterate({ query: '{ greeting }' }));
}
