import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { CodedError } from '../errors/coded-error.ts';
import { createLog } from '../log/log.ts';
import { serveHealth } from './health.ts';
import { createHttpServer, listen } from './server.ts';

const servers: FastifyInstance[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function aServer() {
  const logged: string[] = [];
  const destination = new Writable({ write: (line, _encoding, done) => done(void logged.push(String(line))) });
  const server = createHttpServer({ log: createLog({ service: 'test', level: 'info', destination }) });
  servers.push(server);
  return { server, logged };
}

async function ask(server: FastifyInstance, method: 'GET' | 'POST', url: string, body?: string) {
  const response = await server.inject({
    method,
    url,
    ...(body ? { body, headers: { 'content-type': 'application/json' } } : {}),
  });
  return { status: response.statusCode, type: response.headers['content-type'], body: response.json() };
}

/** Sends bytes as they are, and reads until the other side ends. */
async function sendBytes(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined); // it is cut while it still sends
  socket.write(bytes);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

describe('an HTTP server', () => {
  it.each([
    [
      'more than 16 KB of headers',
      `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(17_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['what is no HTTP', 'HELLO\r\n\r\n', 400, 'BAD_USER_INPUT'],
  ])('answers %s with a problem and ends the connection', async (_what, bytes, status, code) => {
    const { server } = aServer();
    const { url } = await listen(server, { host: '127.0.0.1', port: 0 });

    const [head = '', body = ''] = (await sendBytes(url, bytes)).split('\r\n\r\n');

    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*application/problem\\+json`));
    expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status, code, detail: expect.any(String) });
  });

  it('answers an unknown path with a problem', async () => {
    const { server } = aServer();

    expect(await ask(server, 'GET', '/nowhere?token=x')).toEqual({
      status: 404,
      type: 'application/problem+json; charset=utf-8',
      body: {
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: 'there is nothing at GET /nowhere',
        code: 'NOT_FOUND',
        instance: '/nowhere',
      },
    });
  });

  it.each<[string, string, number, string]>([
    ['malformed', '{"a":', 400, 'BAD_USER_INPUT'],
    ['too long', JSON.stringify('x'.repeat(101 * 1024)), 413, 'PAYLOAD_TOO_LARGE'],
  ])('answers a body that is %s with a problem', async (_, body, status, code) => {
    const { server } = aServer();
    server.post('/', async () => 'ok');

    expect(await ask(server, 'POST', '/', body)).toMatchObject({ status, body: { status, code } });
  });

  it('answers a coded fault with its code and extensions', async () => {
    const { server } = aServer();
    server.get('/', () => {
      throw new CodedError('CONFLICT', 'somebody was faster', { extensions: { version: 3 } });
    });

    expect(await ask(server, 'GET', '/')).toMatchObject({
      status: 409,
      body: { title: 'Conflict', detail: 'somebody was faster', code: 'CONFLICT', version: 3 },
    });
  });

  it('hides any other fault, and logs it', async () => {
    const { server, logged } = aServer();
    server.get('/', () => {
      throw new Error('connection to 10.0.0.7 lost');
    });

    const answer = await ask(server, 'GET', '/');

    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL_SERVER_ERROR' } });
    expect(JSON.stringify(answer)).not.toContain('10.0.0.7');
    expect(logged.join('')).toContain('10.0.0.7');
  });

  it('says which port is taken and what to do', async () => {
    const { port } = await listen(aServer().server, { host: '127.0.0.1', port: 0 });

    await expect(listen(aServer().server, { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: `port ${port} is taken: stop what listens there or set SERVICE_PORT`,
    });
  });

  it('lets a running request finish when it closes', async () => {
    const { server } = aServer();
    const [arrived, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    server.get('/', async () => {
      arrived.resolve();
      await go.promise;
      return 'done';
    });
    const { url } = await listen(server, { host: '127.0.0.1', port: 0 });

    const answer = fetch(url);
    await arrived.promise;
    const closed = server.close();
    go.resolve();

    expect(await (await answer).text()).toBe('done');
    await closed;
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('health and readiness', () => {
  const down = () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:5432'));

  it('lives whatever its dependencies do', async () => {
    const { server } = aServer();
    serveHealth(server, { service: 'users', checks: { postgres: down } });

    expect(await ask(server, 'GET', '/health')).toMatchObject({
      status: 200,
      body: { status: 'ok', service: 'users', uptimeSeconds: expect.any(Number) },
    });
  });

  it('is ready when every check passes, with details', async () => {
    const { server } = aServer();
    serveHealth(server, { service: 'users', checks: { postgres: async () => 1 }, details: () => ({ pending: 3 }) });

    expect(await ask(server, 'GET', '/ready')).toMatchObject({
      status: 200,
      body: { status: 'ready', checks: { postgres: { status: 'up' } }, pending: 3 },
    });
  });

  it('says what it waits for, a check that does not answer within a second included', async () => {
    const { server } = aServer();
    serveHealth(server, {
      service: 'users',
      checks: { postgres: down, bus: () => new Promise(() => undefined), redis: async () => 1 },
    });

    expect(await ask(server, 'GET', '/ready')).toMatchObject({
      status: 503,
      body: {
        status: 'waiting',
        checks: {
          postgres: { status: 'down', error: 'connect ECONNREFUSED 127.0.0.1:5432' },
          bus: { status: 'down', error: 'no answer within 1000 ms' },
          redis: { status: 'up' },
        },
      },
    });
  });

  it('is not ready any more once the shutdown begins', async () => {
    const { server } = aServer();
    const health = serveHealth(server, { service: 'users', checks: {} });

    health.beginShutdown();

    expect(await ask(server, 'GET', '/ready')).toMatchObject({ status: 503, body: { status: 'stopping' } });
  });
});
