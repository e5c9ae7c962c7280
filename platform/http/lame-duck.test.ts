import { Agent, request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { createLog } from '../log/log.ts';
import { createLameDuck } from './lame-duck.ts';
import { createHttpServer, listen } from './server.ts';

let server: FastifyInstance;
const agent = new Agent({ keepAlive: true });
afterEach(async () => {
  agent.destroy();
  await server.close();
});

function connectionHeaderOf(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    request({ port, agent, path: '/' }, (response) => {
      response.resume().once('end', () => resolve(response.headers.connection));
    })
      .once('error', reject)
      .end();
  });
}

describe('a lame duck', () => {
  it('still answers, and tells each client to come back elsewhere', async () => {
    server = createHttpServer({ log: createLog({ service: 'test', level: 'silent' }) });
    server.get('/', async () => 'ok');
    const drain = createLameDuck(server, 100);
    const { port } = await listen(server, { host: '127.0.0.1', port: 0 });

    const before = await connectionHeaderOf(port);
    const draining = drain();
    const after = await connectionHeaderOf(port);
    await draining;

    expect(before).toBe('keep-alive');
    expect(after).toBe('close');
  });
});
