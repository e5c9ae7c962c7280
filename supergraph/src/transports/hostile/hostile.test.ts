import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { hostileFrames } from './testing/hostile-frames.ts';
import { hostileOperations, textOf } from './testing/hostile-operations.ts';
import { type HostileRequest, hostileRequests } from './testing/hostile-requests.ts';
import { type HostileGateway, sendRaw, startHostileGateway } from './testing/hostile-gateway.ts';

let gateway: HostileGateway;

beforeAll(async () => {
  gateway = await startHostileGateway();
}, 60_000);
afterAll(() => gateway?.close());
beforeEach(() => {
  gateway.asked.length = 0;
});

const send = (request: Partial<HostileRequest>) => sendRaw(gateway.address, request);

const leaks = /node_modules|at \w+ \(|file:\/\/|Did you mean|127\.0\.0\.1|INTERNAL_SERVER_ERROR/;
const codeIn = (text: string) => /"code":"(\w+)"/.exec(text)?.[1];
const json = { 'content-type': 'application/json', authorization: 'Bearer ada' };

/** A socket that has said connection_init. */
async function connect(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${gateway.address.host}/graphql`, 'graphql-transport-ws');
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
    expect(gateway.asked).toEqual([]);
  });

  it.each(operations)('is refused over a websocket: %s', async (_name, { payload, code }) => {
    const socket = await connect();
    const text = `{"id":"1","type":"subscribe","payload":${textOf(payload)}}`;

    socket.send(text);
    const [heard] = await Promise.race([once(socket, 'message'), once(socket, 'close')]);

    const isTooLong = text.length > 100_000;
    expect(isTooLong ? heard : codeIn(String(heard))).toBe(isTooLong ? 1009 : code);
    expect(String(heard)).not.toMatch(leaks);
    expect(gateway.asked).toEqual([]);
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
    expect(gateway.asked).toEqual([]);
  });
});

describe('a hostile request', () => {
  it.each(hostileRequests.map((one) => [one.name, one] as const))('is refused: %s', async (_name, hostile) => {
    const answer = await send(hostile);

    expect(hostile.status).toContain(answer.status);
    expect(answer.text).not.toMatch(leaks);
    expect(answer.text).not.toMatch(/<html/i);
    expect(gateway.asked).toEqual([]);
  });
});

describe('a hostile client of the websocket', () => {
  it.each(hostileFrames.map((one) => [one.name, one] as const))(
    'is told to go: %s',
    async (_name, { act, isGreeted = true, closes }) => {
      const socket = isGreeted
        ? await connect()
        : new WebSocket(`ws://${gateway.address.host}/graphql`, 'graphql-transport-ws');
      if (!isGreeted) await once(socket, 'open');
      const closed = once(socket, 'close');

      act(socket);

      const [code] = await closed;
      expect(closes).toContain(code);
      expect(gateway.asked).toEqual([]);
    },
  );

  it.each([
    ['a foreign page', '/graphql', { origin: 'https://evil.example' }, 403],
    ['another path', '/admin', {}, 404],
  ])('does not get in: %s', async (_name, path, headers, status) => {
    const socket = new WebSocket(`ws://${gateway.address.host}${path}`, 'graphql-transport-ws', { headers });
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];

    expect(response.statusCode).toBe(status);
  });
});
