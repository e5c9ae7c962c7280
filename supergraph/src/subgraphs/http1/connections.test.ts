import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import type { RawResponse } from './response-reader.ts';
import { type Connections, createConnections } from './connections.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server that speaks bytes: `answer` is called for each request. */
async function serve(answer: (socket: Socket, request: string, count: number) => void) {
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.setEncoding('utf8').on('data', (request: string) => answer(socket, request, requests.push(request)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, sockets, requests };
}

function connectTo(port: number, more: { maxConnections?: number; connectTimeoutMs?: number } = {}): Connections {
  const connections = createConnections({
    authority: `127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    isSecure: false,
    connectTimeoutMs: 1_000,
    maxBodyBytes: 1_000_000,
    maxConnections: 4,
    ...more,
  });
  closers.push(() => connections.close());
  return connections;
}

type Outcome = { body: string } | { fault: string } | 'late';

function ask(connections: Connections, text = 'GET / HTTP/1.1\r\n\r\n', timeoutMs = 5_000) {
  const settle = Promise.withResolvers<Outcome>();
  const takeBack = connections.send(
    { text, isAscii: true },
    {
      onResponse: ({ body }: RawResponse) => settle.resolve({ body: body.toString() }),
      onFault: ({ message }) => settle.resolve({ fault: message }),
      onLate: () => settle.resolve('late'),
    },
    timeoutMs,
  );
  return { outcome: settle.promise, takeBack };
}

const say = (body: string, more = '') => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`;

describe('connections to a server', () => {
  it('are used again, the last one first', async () => {
    const { port, sockets, requests } = await serve((socket) => socket.write(say('ok')));
    const connections = connectTo(port);

    for (let round = 0; round < 5; round++) expect(await ask(connections).outcome).toEqual({ body: 'ok' });

    expect([sockets.size, requests.length]).toEqual([1, 5]);
  });

  it('are opened up to the limit; further requests wait in order', async () => {
    const held: Socket[] = [];
    const { port, sockets, requests } = await serve((socket) => void held.push(socket));
    const connections = connectTo(port, { maxConnections: 2 });
    const asked = ['a', 'b', 'c', 'd'].map((name) => ask(connections, name).outcome);
    await until(() => held.length === 2);

    for (let at = 0; at < 4; at++) {
      await until(() => held.length > at);
      held[at]?.write(say(requests[at] ?? ''));
    }

    expect(await Promise.all(asked)).toEqual(['a', 'b', 'c', 'd'].map((body) => ({ body })));
    expect(sockets.size).toBe(2);
    expect(requests.slice(2)).toEqual(['c', 'd']);
  });

  it('never send what is taken back in the turn of the event loop in which it was made', async () => {
    const { port, requests } = await serve((socket) => socket.write(say('ok')));
    const connections = connectTo(port);
    await Promise.all([ask(connections, 'a').outcome, ask(connections, 'b').outcome]);

    const kept = ask(connections, 'c');
    ask(connections, 'd').takeBack();

    expect(await kept.outcome).toEqual({ body: 'ok' });
    expect(await ask(connections, 'e').outcome).toEqual({ body: 'ok' });
    expect(requests.slice(2)).toEqual(['c', 'e']);
  });

  it('take nothing for the answer to a request that has not been sent yet', async () => {
    const held: Socket[] = [];
    const { port } = await serve((socket, request) => {
      if (request.length > 1) held.push(socket);
      else socket.write(say(request));
      if (request === 'x') held[0]?.write(say('unasked'));
    });
    const connections = connectTo(port);
    const first = ['one', 'two', 'three'].map((name) => ask(connections, name).outcome);
    await until(() => held.length === 3);
    for (const socket of held) socket.write(say('ok'));
    await Promise.all(first);

    const later = Promise.withResolvers<readonly Outcome[]>();
    const askTwo = () => Promise.all([ask(connections, 'y').outcome, ask(connections, 'z').outcome]);
    connections.send(
      { text: 'x', isAscii: true },
      {
        onResponse: () => void askTwo().then(later.resolve, later.reject),
        onFault: later.reject,
        onLate: () => later.reject(new Error('late')),
      },
      5_000,
    );

    expect(await later.promise).toEqual([{ body: 'y' }, { fault: 'it answered what nobody had asked' }]);
  });

  it('are closed when the server wants that, and opened anew', async () => {
    const { port, requests } = await serve((socket) => socket.end(say('bye', 'connection: close\r\n')));
    const connections = connectTo(port);

    expect([await ask(connections).outcome, await ask(connections).outcome]).toEqual([
      { body: 'bye' },
      { body: 'bye' },
    ]);
    expect(requests).toHaveLength(2);
  });

  it('are not used once the server may have closed them', async () => {
    const seen = new Set<Socket>();
    const { port } = await serve((socket) => {
      seen.add(socket);
      socket.write(say('ok', 'keep-alive: timeout=1\r\n'));
    });
    const connections = connectTo(port);

    await ask(connections).outcome;
    await ask(connections).outcome;

    expect(seen.size).toBe(2);
  });

  it('fail with what they cannot answer, and the next request gets another', async () => {
    const { port } = await serve((socket, _, count) => {
      if (count === 1) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
      else if (count === 2) socket.destroy();
      else if (count === 3) socket.write('nonsense\r\n\r\n');
      else socket.write(say('ok'));
    });
    const connections = connectTo(port);

    const outcomes = [];
    for (let round = 0; round < 4; round++) outcomes.push(await ask(connections).outcome);

    expect(outcomes).toEqual([
      { fault: 'it closed the connection before its answer had ended' },
      { fault: expect.any(String) },
      { fault: 'it does not speak HTTP/1.1' },
      { body: 'ok' },
    ]);
  });

  it('do not take for an answer what nobody has asked', async () => {
    const { port, sockets } = await serve((socket, _, count) => {
      socket.write(say('ok'));
      if (count === 1) setImmediate(() => socket.write(say('forged')));
    });
    const connections = connectTo(port);
    await ask(connections).outcome;
    await until(() => sockets.size === 0);

    expect(await ask(connections).outcome).toEqual({ body: 'ok' });
  });

  it('fail when nobody listens, or when the connection takes too long', async () => {
    const { port } = await serve(() => undefined);
    const gone = await serve(() => undefined);
    closers.pop()?.();

    expect(await ask(connectTo(gone.port)).outcome).toEqual({ fault: expect.stringContaining('ECONNREFUSED') });
    expect(await ask(connectTo(port), 'x', 40).outcome).toBe('late');
  });
});

describe('a request', () => {
  it('that is taken back closes its connection, and makes room for the next', async () => {
    const { port, sockets, requests } = await serve((socket, request) => {
      if (request === 'second') socket.write(say('ok'));
    });
    const connections = connectTo(port, { maxConnections: 1 });
    const first = ask(connections, 'first');
    const second = ask(connections, 'second');
    await until(() => requests.length === 1);
    const [socket] = sockets;

    first.takeBack();

    expect(await second.outcome).toEqual({ body: 'ok' });
    await until(() => socket?.destroyed);
  });

  it('that is taken back while it waits is never sent', async () => {
    const held: Socket[] = [];
    const { port, requests } = await serve((socket) => void held.push(socket));
    const connections = connectTo(port, { maxConnections: 1 });
    const first = ask(connections, 'first');
    ask(connections, 'second').takeBack();
    await until(() => held.length === 1);
    held[0]?.write(say('ok'));
    await first.outcome;

    expect(requests).toEqual(['first']);
  });

  it('that waits is late too when its time is over', async () => {
    const { port } = await serve(() => undefined);
    const connections = connectTo(port, { maxConnections: 1 });
    ask(connections, 'first');

    expect(await ask(connections, 'second', 30).outcome).toBe('late');
  });

  it('under way is answered before the connections close', async () => {
    const held: Socket[] = [];
    const { port } = await serve((socket) => void held.push(socket));
    const connections = connectTo(port);
    const { outcome } = ask(connections);
    await until(() => held.length === 1);
    const order: string[] = [];

    const closed = connections.close().then(() => order.push('closed'));
    const answered = outcome.then(() => order.push('answered'));
    held[0]?.write(say('ok'));
    await Promise.all([closed, answered]);

    expect(order).toEqual(['answered', 'closed']);
    expect(() => ask(connections)).toThrow('the connections are closed');
  });
});
