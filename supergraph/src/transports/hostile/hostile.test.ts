import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDocuments } from '../../guards/documents.ts';
import { defaultDocumentLimits } from '../../guards/limits.ts';
import { createAdmit } from '../../guards/admit.ts';
import { type MemoryGraph, startMemoryGraph } from '../../engine/testing/memory-graph.ts';
import { WebSocket } from 'ws';
import { serveEventStream } from '../event-stream/serve-event-stream.ts';
import { serveGraphql } from '../http/serve-graphql.ts';
import { serveMultipartSubscriptions } from '../multipart/serve-subscriptions.ts';
import { routes } from '../rest/routes.ts';
import { serveRest } from '../rest/serve-rest.ts';
import { openLiveGateway } from '../testing/live-gateway.ts';
import { serveWebsocket } from '../websocket/serve-websocket.ts';
import { hostileOperations, textOf } from './testing/hostile-operations.ts';
import { type HostileRequest, hostileRequests } from './testing/hostile-requests.ts';
import { hostileFrames } from './testing/hostile-frames.ts';

let graph: MemoryGraph;
let address: URL;
let close: () => Promise<void>;

/** Every transport as it stands in production, over the graph of the house. */
beforeAll(async () => {
  const subgraphs = ['users', 'products', 'orders'].map((name) => ({
    name,
    sdl: readFileSync(new URL(`../../../../schema/${name}.graphql`, import.meta.url), 'utf8'),
    resolvers: {},
  }));
  graph = await startMemoryGraph(subgraphs, { cost: { maximum: 1_000 } });
  const gateway = await openLiveGateway({ executing: graph.engine });
  const documents = createDocuments({ limits: defaultDocumentLimits, introspection: false, suggestions: false });
  const admit = createAdmit({ engine: graph.engine, documents, limiter: gateway.deps.limiter });
  const deps = { ...gateway.deps, documents, admit };
  serveEventStream(gateway.server, deps, { maxOperations: 3 });
  serveMultipartSubscriptions(gateway.server, deps);
  const graphql = await serveGraphql(gateway.server, deps, {
    introspection: false,
    suggestions: false,
    maxTokens: 1_000,
  });
  serveRest(gateway.server, deps, routes);
  const websocket = serveWebsocket(gateway.server.server, deps, { closeWithinMs: 0 });
  address = new URL((await gateway.start()).url);
  close = async () => {
    await websocket.close();
    await gateway.close();
    await graphql.close();
    await graph.close();
  };
}, 60_000);
afterAll(() => close?.());
beforeEach(() => {
  graph.asked.length = 0;
});

/** Sends what `fetch` would not. */
async function send({ method = 'GET', path = '/graphql', headers = {}, body }: Partial<HostileRequest>) {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const sent = request({
    host: address.hostname,
    port: address.port,
    method,
    path,
    headers: { ...headers, ...length },
    agent: false,
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), headers: response.headers };
}

const leaks = /node_modules|at \w+ \(|file:\/\/|Did you mean|127\.0\.0\.1|INTERNAL_SERVER_ERROR/;
const codeIn = (text: string) => /"code":"(\w+)"/.exec(text)?.[1];
const json = { 'content-type': 'application/json', authorization: 'Bearer ada' };

/** A socket that has said connection_init. */
async function connect(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${address.host}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init","payload":{"authorization":"Bearer ada"}}');
  await once(socket, 'message');
  return socket;
}

const operations = hostileOperations.map((operation) => [operation.name, operation] as const);

describe('a hostile operation', () => {
  it('comes in at least 70 kinds', () => {
    expect(hostileOperations.length).toBeGreaterThanOrEqual(70);
    expect(hostileRequests.length).toBeGreaterThanOrEqual(70);
  });

  it.each(operations)('is refused over HTTP: %s', async (_name, { payload, code }) => {
    const answer = await send({ method: 'POST', headers: json, body: textOf(payload) });

    expect([400, 413]).toContain(answer.status);
    expect([code, 'BAD_REQUEST']).toContain(codeIn(answer.text));
    expect(answer.text).not.toMatch(leaks);
    expect(graph.asked).toEqual([]);
  });

  it.each(operations)('is refused over a websocket: %s', async (_name, { payload, code }) => {
    const socket = await connect();
    const text = `{"id":"1","type":"subscribe","payload":${textOf(payload)}}`;

    socket.send(text);
    const [heard] = await Promise.race([once(socket, 'message'), once(socket, 'close')]);

    const isTooLong = text.length > 100_000;
    expect(isTooLong ? heard : codeIn(String(heard))).toBe(isTooLong ? 1009 : code);
    expect(String(heard)).not.toMatch(leaks);
    expect(graph.asked).toEqual([]);
    socket.terminate();
  });

  it.each(operations)('is refused as an event stream: %s', async (_name, { payload, code }) => {
    const answer = await send({
      method: 'POST',
      headers: { ...json, accept: 'text/event-stream' },
      body: textOf(payload),
    });

    expect([code, 'BAD_REQUEST']).toContain(codeIn(answer.text));
    expect(answer.text).not.toMatch(leaks);
    expect(graph.asked).toEqual([]);
  });
});

describe('a hostile request', () => {
  it.each(hostileRequests.map((one) => [one.name, one] as const))('is refused: %s', async (_name, hostile) => {
    const answer = await send(hostile);

    expect(hostile.status).toContain(answer.status);
    expect(answer.text).not.toMatch(leaks);
    expect(answer.text).not.toMatch(/<html/i);
    expect(graph.asked).toEqual([]);
  });
});

describe('a hostile client of the websocket', () => {
  it.each(hostileFrames.map((one) => [one.name, one] as const))(
    'is told to go: %s',
    async (_name, { act, isGreeted = true, closes }) => {
      const socket = isGreeted
        ? await connect()
        : new WebSocket(`ws://${address.host}/graphql`, 'graphql-transport-ws');
      if (!isGreeted) await once(socket, 'open');
      const closed = once(socket, 'close');

      act(socket);

      const [code] = await closed;
      expect(closes).toContain(code);
      expect(graph.asked).toEqual([]);
    },
  );

  it.each([
    ['a foreign page', '/graphql', { origin: 'https://evil.example' }, 403],
    ['another path', '/admin', {}, 404],
  ])('does not get in: %s', async (_name, path, headers, status) => {
    const socket = new WebSocket(`ws://${address.host}${path}`, 'graphql-transport-ws', { headers });
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];

    expect(response.statusCode).toBe(status);
  });
});
