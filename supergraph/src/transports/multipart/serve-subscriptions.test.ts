import { afterEach, describe, expect, it } from '@jest/globals';
import { ApolloClient, CombinedProtocolErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { until } from '@storefront/platform/testing/until.ts';
import { meros } from 'meros/browser';
import { serveGraphql } from '../http/serve-graphql.ts';
import { type LiveGatewayOptions, openLiveGateway } from '../testing/live-gateway.ts';
import { serveMultipartSubscriptions, type SubscriptionsOptions } from './serve-subscriptions.ts';

const query = 'subscription ($after: String) { placed(after: $after) { id } }';
const accept = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json';
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start({
  heartbeatMs,
  stallTimeoutMs = 500,
  ...options
}: LiveGatewayOptions & SubscriptionsOptions = {}) {
  const gateway = await openLiveGateway(options);
  const { server, deps } = gateway;
  serveMultipartSubscriptions(server, deps, { stallTimeoutMs, ...(heartbeatMs ? { heartbeatMs } : {}) });
  const graphql = await serveGraphql(server, deps, { introspection: true, suggestions: true, maxTokens: 1_000 });
  const { url } = await gateway.start();
  closers.push(async () => {
    await deps.openStreams.close();
    await gateway.close();
    await graphql.close();
  });
  return { ...gateway, url: `${url}/graphql` };
}

/** Subscribes with Apollo Client. */
function follow(url: string, { authorization = 'Bearer ada', variables = {} } = {}) {
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({ uri: url, headers: { authorization } }),
  });
  const heard = { ids: [] as string[], cursors: [] as unknown[], codes: [] as unknown[], isComplete: false };
  const subscription = client
    .subscribe<{ placed: { id: string } }>({ query: gql(query), variables, errorPolicy: 'all' })
    .subscribe({
      next({ data, error, extensions }) {
        if (data?.placed) heard.ids.push(data.placed.id);
        if (extensions?.['cursor']) heard.cursors.push(extensions['cursor']);
        const errors = error && 'errors' in error ? (error.errors as { extensions?: { code: string } }[]) : [];
        heard.codes.push(...errors.map((one) => one.extensions?.code));
        if (CombinedProtocolErrors.is(error)) heard.codes.push('protocol');
      },
      complete: () => (heard.isComplete = true),
    });
  closers.push(() => subscription.unsubscribe());
  return { heard, subscription };
}

const post = (url: string, body: object, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer ada', accept, ...headers },
    body: JSON.stringify(body),
  });

describe('subscriptions over multipart', () => {
  it('bring Apollo Client what concerns the user, each with its cursor', async () => {
    const { url, announce, isListening } = await start();
    const { heard } = follow(url);
    await until(() => isListening());

    await announce('foreign', ['grace']);
    await announce('one');
    await announce('two');
    await until(() => heard.ids.length === 2);

    expect(heard.ids).toEqual(['one', 'two']);
    expect(heard.cursors).toEqual([expect.stringMatching(/^\d+-\d+$/), expect.stringMatching(/^\d+-\d+$/)]);
  });

  it('are asked for by the id of a trusted document, and by nothing else where only those are executed', async () => {
    const text = 'subscription { placed { id } }';
    const { url, announce, isListening } = await start({ trusted: new Map([['placed', text]]), trustMode: 'only' });

    const refused = await post(url, { query });
    const answer = await post(url, { documentId: 'placed' });
    await until(() => isListening());
    await announce('one');
    const parts = await meros<{ payload: { data: unknown } | null }>(answer);
    if (parts instanceof Response) throw new Error('there are no parts');
    let first: unknown;
    for await (const part of parts) {
      if (!part.json || !part.body.payload) continue; // a heartbeat
      first = part.body.payload.data;
      break;
    }

    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('QUERY_NOT_IN_SAFELIST')]);
    expect(first).toEqual({ placed: { id: 'one' } });
  });

  it('go on after a cursor', async () => {
    const { url, announce, isListening } = await start();
    const first = follow(url);
    await until(() => isListening());
    await announce('one');
    await until(() => first.heard.ids.length === 1);
    first.subscription.unsubscribe();
    await announce('two');

    const second = follow(url, { variables: { after: first.heard.cursors[0] } });
    await until(() => second.heard.ids.length === 1);

    expect(second.heard.ids).toEqual(['two']);
  });

  it('are told at once when their cursor has expired, and complete', async () => {
    const { url } = await start();

    const { heard } = follow(url, { variables: { after: '1-1' } });
    await until(() => heard.isComplete);

    expect(heard.codes).toEqual(['CURSOR_EXPIRED']);
  });

  it('are told when their token expires, and complete', async () => {
    const { url } = await start();

    const { heard } = follow(url, { authorization: 'Bearer ada.300' });
    await until(() => heard.isComplete);

    expect(heard.codes).toEqual(['TOKEN_EXPIRED']);
  });

  it('are kept open by empty parts, which clients pass over', async () => {
    const { url, announce } = await start({ heartbeatMs: 30 });
    const response = await post(url, { query });
    const parts = (await meros<{ payload?: object }>(response)) as AsyncGenerator<{ body: { payload?: object } }>;

    const first = await parts.next();
    await announce('one');
    let part = await parts.next();
    while (!part.done && !part.value.body.payload) part = await parts.next();

    expect(response.headers.get('content-type')).toBe('multipart/mixed; boundary="graphql"; subscriptionSpec=1.0');
    expect(response.headers.get('live-cursor')).toMatch(/^\d+-0~/);
    expect(first.value?.body).toEqual({});
    expect(part.value?.body).toMatchObject({ payload: { data: { placed: { id: 'one' } } } });
    await parts.return(undefined);
  });

  it('end at a shutdown with an error of the transport', async () => {
    const { url, deps } = await start();
    const response = await post(url, { query });
    const reading = response.text();

    await deps.openStreams.close();

    expect(await reading).toContain('{"payload":null,"errors":[{"message":"The server shuts down.');
    expect(await reading).toMatch(/"code":"GOING_AWAY"\}\}\]\}\r\n--graphql--\r\n$/);
  });

  it('are refused with a status before anything is sent', async () => {
    const { url } = await start({ seats: { streamsPerUser: 1 } });
    const first = await post(url, { query });

    const second = await post(url, { query });
    const forged = await post(url, { query }, { authorization: 'Bearer forged' });

    expect([first.status, second.status, forged.status]).toEqual([200, 429, 401]);
    await first.body?.cancel();
  });

  it('leave queries of such clients alone', async () => {
    const { url } = await start();

    const response = await post(url, { query: '{ greeting }' });

    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({ data: { greeting: 'Hello' } });
  });

  it('are cut off when the client reads nothing', async () => {
    const { url, announce, listenerCount } = await start();
    const response = await post(url, { query: 'subscription { large(bytes: 4000000) }' });
    expect(response.status).toBe(200);

    for (let at = 0; at < 5; at += 1) await announce(`event ${at}`);

    await until(() => listenerCount() === 0);
  });
});
