import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPorts } from '../../ports.ts';
import { startConsul } from '../../servers/consul.ts';
import { startAgent } from '../server.ts';

/** An agent under test. */
export type Agent = { readonly url: string; close(): Promise<void> };

/** The project's own agent, in this process. */
export const startOwnAgent = (): Promise<Agent> => startAgent({ port: 0 });

/** The `consul` program on PATH, as a process with a state folder of its own. @throws when it does not get ready */
export async function startRealAgent(): Promise<Agent> {
  const state = await mkdtemp(join(tmpdir(), 'storefront-consul-'));
  const consul = await startConsul({
    state,
    ports: createPorts('free', () => undefined),
    progress: () => undefined,
    started: () => undefined,
  });
  return {
    url: consul.url,
    async close() {
      await consul.close();
      await rm(state, { recursive: true, force: true });
    },
  };
}

/** Asks one agent. A string goes as it is, an object as JSON; a JSON answer comes back parsed. */
export function createAsker(url: string) {
  return async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; index: number; body: unknown }> => {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, { method, ...sent });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    return {
      status: response.status,
      index: Number(response.headers.get('x-consul-index')),
      body: isJson ? JSON.parse(text) : text,
    };
  };
}

/** Listens on a free port of 127.0.0.1; `close` ends every connection. */
export async function onFreePort(server: Server): Promise<{ url: string; port: number; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, port, close };
}
