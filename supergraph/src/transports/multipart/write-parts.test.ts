import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import type { FastifyReply } from 'fastify';
import { meros } from 'meros/browser';
import { openParts } from './write-parts.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server whose answers `respond` writes. */
async function serve(respond: (reply: FastifyReply) => Promise<unknown>): Promise<{ url: string; port: number }> {
  const server = createHttpServer({ log: createLog({ service: 'test', level: 'silent' }) });
  server.get('/', async (_request, reply) => {
    await respond(reply);
    return reply;
  });
  closers.push(() => {
    server.server.closeAllConnections();
    return server.close();
  });
  return listen(server, { host: '127.0.0.1', port: 0 });
}

/** The parts of an answer as they come. */
async function readParts(url: string): Promise<AsyncGenerator<{ json: boolean; body: unknown }, void>> {
  const parts = await meros(await fetch(url));
  if (parts instanceof Response) throw new Error('the answer has no parts');
  return parts;
}

describe('an answer in parts', () => {
  it('shows the client each part before the next one is written', async () => {
    const steps = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { url } = await serve(async (reply) => {
      const writer = openParts(reply, { protocol: 'deferSpec=20220824' });
      await writer.write('{"at":0}');
      await steps[0]?.promise;
      await writer.write('{"at":1}');
      await steps[1]?.promise;
      await writer.end('{"at":2}');
    });
    const seen: unknown[] = [];

    for await (const { body } of await readParts(url)) {
      seen.push(body);
      steps[seen.length - 1]?.resolve();
    }

    expect(seen).toEqual([{ at: 0 }, { at: 1 }, { at: 2 }]);
  });

  it('says which protocol it speaks, with the headers that the reply had', async () => {
    const { url } = await serve((reply) =>
      openParts(reply.header('x-request-id', 'r1'), { protocol: 'subscriptionSpec=1.0', boundary: 'graphql' }).end(
        '{}',
      ),
    );

    const response = await fetch(url);

    expect(response.headers.get('x-request-id')).toBe('r1');
    expect(response.headers.get('content-type')).toBe('multipart/mixed; boundary="graphql"; subscriptionSpec=1.0');
    await expect(response.text()).resolves.toBe(
      '\r\n--graphql\r\ncontent-type: application/json; charset=utf-8\r\n\r\n{}\r\n--graphql--\r\n',
    );
  });

  it('waits for a client that does not read, and stops when it leaves', async () => {
    const written = Promise.withResolvers<number>();
    const { port } = await serve(async (reply) => {
      const writer = openParts(reply, { protocol: 'deferSpec=20220824' });
      const part = JSON.stringify({ text: 'x'.repeat(1_000_000) });
      let parts = 0;
      while (await writer.write(part)) parts += 1;
      written.resolve(parts);
    });
    const socket = connect({ port, host: '127.0.0.1' }, () =>
      socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    );
    await new Promise((resolve) => socket.once('readable', resolve));

    socket.destroy();

    expect(await written.promise).toBeLessThan(200);
  });

  it('cuts off a client that takes nothing for too long', async () => {
    const outcome = Promise.withResolvers<boolean>();
    const { port } = await serve(async (reply) => {
      const writer = openParts(reply, { protocol: 'deferSpec=20220824', stallTimeoutMs: 50 });
      outcome.resolve(await writer.end(JSON.stringify({ text: 'x'.repeat(20_000_000) })));
    });
    const socket = connect({ port, host: '127.0.0.1' }, () =>
      socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    );
    closers.push(async () => socket.destroy());
    await new Promise((resolve) => socket.once('readable', resolve));

    expect(await outcome.promise).toBe(false);
  });
});
