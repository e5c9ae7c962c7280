import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import { createInternalTokens, createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { createCatalogue } from '../engine/testing/catalogue.ts';
import { createSubgraphClient, type SubgraphClient, type SubgraphSend } from './client.ts';
import { type SubgraphInstances, watchSubgraphInstances } from './instances.ts';

const log = createLog({ service: 'test', level: 'silent' });
const signingKey = await generateSigningKey('gateway');
const tokens = createInternalTokens({ signingKey, issuer: 'gateway' });

let catalogue: ReturnType<typeof createCatalogue>;
let instances: SubgraphInstances;
let client: SubgraphClient;
const servers: Server[] = [];

beforeEach(() => {
  catalogue = createCatalogue();
  instances = watchSubgraphInstances(catalogue);
  client = createSubgraphClient({ instances, tokens, log }, { fetchTimeoutMs: 300 });
});
afterEach(async () => {
  await client.close();
  instances.close();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

describe('createSubgraphClient', () => {
  it('asks the instances in turn', async () => {
    await serve('a', answerWith('a'));
    await serve('b', answerWith('b'));

    const answers = [await send(), await send(), await send(), await send()];

    expect(answers.map(({ json }) => json)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('sends the body, a token for the subgraph, the trace and the time that is left', async () => {
    const seen: { headers: Record<string, unknown>; body: string }[] = [];
    await serve('a', (request, response) => {
      request.setEncoding('utf8').once('data', (body: string) => {
        seen.push({ headers: request.headers, body });
        response.end('{}');
      });
    });
    const traceparent = newTraceparent();

    await send({ traceparent, deadlineMs: 120, body: '{"query":"{ x }"}' });

    const verify = createInternalVerifier({ keys: publicKeySet([signingKey]), audience: 'things' });
    expect(seen[0]?.body).toBe('{"query":"{ x }"}');
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'x-deadline-ms': '120' });
    expect(seen[0]?.headers['traceparent']).not.toBe(traceparent);
    expect(String(seen[0]?.headers['traceparent']).slice(0, 36)).toBe(traceparent.slice(0, 36));
    await expect(verify(String(seen[0]?.headers['authorization']))).resolves.toMatchObject({
      purpose: 'query',
      issuer: 'gateway',
    });
  });

  it.each([
    ['answers 500', answerStatus(500)],
    ['breaks the connection', breakConnection],
    ['answers no JSON', answerText('<html>')],
  ])('asks another instance when one %s', async (_, listener) => {
    await serve('a', listener);
    await serve('b', answerWith('b'));

    await expect(send()).resolves.toMatchObject({ status: 200, json: 'b' });
  });

  it('never sends a mutation twice', async () => {
    const calls: string[] = [];
    await serve('a', counting(calls, breakConnection));
    await serve('b', counting(calls, answerWith('b')));

    await expect(send({ isMutation: true })).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', httpStatus: 503 });
    expect(calls).toHaveLength(1);
  });

  it('asks at most twice', async () => {
    const calls: string[] = [];
    for (const id of ['a', 'b', 'c']) await serve(id, counting(calls, answerStatus(503)));

    await expect(send()).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
    expect(calls).toHaveLength(2);
  });

  it('names no address when a subgraph cannot be reached', async () => {
    const { instance, stop } = await serve('a', answerWith('a'));
    await stop();

    const fault: unknown = await send().catch((caught: unknown) => caught);

    expect(fault).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', expose: true });
    expect(String(fault)).not.toContain(String(instance.port));
  });

  it('says that a subgraph is unavailable that nobody has seen', async () => {
    await expect(send()).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
  });

  it('gives up when an instance takes too long', async () => {
    const calls: string[] = [];
    await serve(
      'a',
      counting(calls, () => undefined),
    );

    await expect(send()).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(calls).toHaveLength(1);
  });

  it('sends nothing when no time is left', async () => {
    const calls: string[] = [];
    await serve('a', counting(calls, answerWith('a')));

    await expect(send({ deadlineMs: 0 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(calls).toEqual([]);
  });

  it('gives a running request up when nobody waits for it any more', async () => {
    const closed = Promise.withResolvers<void>();
    const leaving = new AbortController();
    await serve('a', (request) => {
      request.socket.once('close', () => closed.resolve());
      leaving.abort(new Error('gone'));
    });

    await expect(send({ signal: leaving.signal })).rejects.toThrow('gone');
    await closed.promise;
  });

  it('closes the connections to an instance that has left, after its last request', async () => {
    const arrived = Promise.withResolvers<() => void>();
    const a = await serve('a', (_, response) => arrived.resolve(() => response.end('"late"')));
    const running = send();
    const answer = await arrived.promise;

    await serve('b', answerWith('b'));
    catalogue.remove(a.instance);
    answer();

    await expect(running).resolves.toMatchObject({ json: 'late' });
    await until(async () => (await connectionsOf(a.server)) === 0);
  });
});

function send(part: Partial<SubgraphSend> = {}) {
  return client.send({
    subgraph: 'things',
    body: '{"query":"{ x }"}',
    caller: anonymous,
    purpose: 'query',
    signal: new AbortController().signal,
    traceparent: newTraceparent(),
    deadlineMs: 5_000,
    isMutation: false,
    ...part,
  });
}

async function serve(id: string, listener: RequestListener) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const instance: Instance = { id, name: 'things', address: '127.0.0.1', port, meta: {}, tags: ['subgraph'] };
  catalogue.put(instance);
  return { server, instance, stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) };
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((fault, count) => (fault ? reject(fault) : resolve(count))),
  );
}

function answerWith(json: unknown): RequestListener {
  return answerText(JSON.stringify(json));
}

function answerText(text: string): RequestListener {
  return (_, response) => response.end(text);
}

function answerStatus(status: number): RequestListener {
  return (_, response) => response.writeHead(status).end('{}');
}

function breakConnection({ socket }: Parameters<RequestListener>[0]): void {
  socket.destroy();
}

function counting(calls: string[], listener: RequestListener): RequestListener {
  return (request, response) => {
    calls.push(String(request.url));
    listener(request, response);
  };
}
