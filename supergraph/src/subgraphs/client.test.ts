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
import type { BatchClient } from './batches.ts';
import { createSubgraphClient, type SubgraphSend } from './client.ts';
import { type SubgraphInstances, watchSubgraphInstances } from './instances.ts';

const log = createLog({ service: 'test', level: 'silent' });
const signingKey = await generateSigningKey('gateway');
const tokens = createInternalTokens({ signingKey, issuer: 'gateway' });

let catalogue: ReturnType<typeof createCatalogue>;
let instances: SubgraphInstances;
let client: BatchClient;
const servers: Server[] = [];

beforeEach(() => {
  catalogue = createCatalogue();
  instances = watchSubgraphInstances(catalogue);
  client = openClient(300);
});
function openClient(fetchTimeoutMs: number): BatchClient {
  const balancing = { slowStartMs: 0, urgentProbeMs: 50, quietMs: 50 };
  return createSubgraphClient({ instances, tokens, log }, { fetchTimeoutMs, balancing });
}

afterEach(async () => {
  await client.close();
  instances.close();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

describe('createSubgraphClient', () => {
  it('asks the instance that has less to do', async () => {
    await client.close();
    client = openClient(20_000);
    const held = Promise.withResolvers<void>();
    const calls: string[] = [];
    const hold = (id: string) =>
      counting(calls, (_, response) => void held.promise.then(() => response.end(JSON.stringify(id))));
    for (const id of ['a', 'b']) await serve(id, hold(id));

    const running = Array.from({ length: 10 }, () => send());
    await until(() => calls.length === 10);
    const shares = client.balancing.states().map(({ inFlight }) => inFlight);
    held.resolve();
    await Promise.all(running);

    expect(shares).toEqual([5, 5]);
    expect(client.balancing.states().map(({ inFlight }) => inFlight)).toEqual([0, 0]);
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
    for (const id of ['a', 'b']) await serve(id, counting(calls, breakConnection));

    await expect(send({ isMutation: true })).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', httpStatus: 503 });
    expect(calls).toHaveLength(1);
  });

  it('asks at most twice', async () => {
    const calls: string[] = [];
    for (const id of ['a', 'b', 'c']) await serve(id, counting(calls, answerStatus(503)));

    await expect(send()).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
    expect(calls).toHaveLength(2);
    expect(client.balancing.figures()).toMatchObject([{ subgraph: 'things', retries: 1, hedges: 0, withheld: 0 }]);
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

  it('sends a mutation elsewhere that no connection was ever given', async () => {
    const gone = await serve('a', answerWith('a'));
    await gone.stop();
    await serve('b', answerWith('b'));

    const answers = await Promise.all(Array.from({ length: 8 }, () => send({ isMutation: true })));

    expect(answers.map(({ json }) => json)).toEqual(Array.from({ length: 8 }, () => 'b'));
  });

  it('asks another instance as well when half of the time has passed, and takes the first answer', async () => {
    const closed = Promise.withResolvers<void>();
    const silent = await serve('a', (request) => void request.socket.once('close', () => closed.resolve()));
    await serve('b', answerWith('b'));

    const answers = await Promise.all(Array.from({ length: 4 }, () => send()));

    expect(answers.map(({ json }) => json)).toEqual(['b', 'b', 'b', 'b']);
    const [figures] = client.balancing.figures();
    expect(figures?.hedges).toBeGreaterThan(0);
    expect(figures?.retries).toBe(0);
    await closed.promise;
    await until(async () => (await connectionsOf(silent.server)) === 0);
  });

  it('gives up both when the one who asks leaves', async () => {
    const seen: string[] = [];
    const closed: string[] = [];
    for (const id of ['a', 'b']) {
      await serve(id, (request) => {
        seen.push(id);
        request.socket.once('close', () => closed.push(id));
      });
    }
    const leaving = new AbortController();

    const running = send({ signal: leaving.signal });
    running.catch(() => undefined);
    await until(() => seen.length === 2);
    leaving.abort(new Error('gone'));

    await expect(running).rejects.toThrow('gone');
    await until(() => closed.length === 2);
    expect(client.balancing.states().map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });

  // It asked the old version of a new field as well when the new one was slow, and passed the refusal on.
  it('waits for a slow instance of the version that the graph is of, whatever another one would say', async () => {
    const slow = await serve('new', (_, response) => void setTimeout(() => response.end('"new"'), 200));
    const old = await serve('old', answerWith('old'));
    for (const [{ instance }, sdlHash] of [[slow, 'new'] as const, [old, 'old'] as const])
      catalogue.put({ ...instance, meta: { sdlHash } });
    client.balancing.prefer([{ name: 'things', sdlHash: 'new' }]);

    await expect(send()).resolves.toMatchObject({ json: 'new' });
  });

  it('sends a fifth more at most when half of the answers are faults', async () => {
    const calls: string[] = [];
    let turn = 0;
    const half: RequestListener = (_, response) => response.writeHead((turn += 1) % 2 === 0 ? 503 : 200).end('{}');
    for (const id of ['a', 'b']) await serve(id, counting(calls, half));

    for (let round = 0; round < 30; round += 1) {
      await Promise.all(Array.from({ length: 10 }, () => send().catch(() => null)));
    }

    expect(calls.length).toBeLessThanOrEqual(300 * 1.2);
    const { retries = 0, withheld = 0 } = client.balancing.figures()[0] ?? {};
    expect(retries).toBe(calls.length - 300);
    expect(withheld).toBeGreaterThan(0);
  });

  it('fails at once while a whole subgraph is frozen, and heals when it is back', async () => {
    let isFrozen = true;
    const calls: string[] = [];
    const listener: RequestListener = (_, response) => void (isFrozen || response.end('"alive"'));
    for (const id of ['a', 'b']) await serve(id, counting(calls, listener));
    await Promise.allSettled(Array.from({ length: 20 }, () => send()));
    await until(() => client.balancing.states().every(({ phase }) => phase === 'open'));

    const before = calls.length;
    const refused = await Promise.allSettled(Array.from({ length: 10 }, () => send()));
    const after = calls.length;
    isFrozen = false;
    const healed = await until(() => send().catch(() => null));

    expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
    expect(after - before).toBeLessThan(10);
    expect(healed.json).toBe('alive');
  });

  it('sets an instance aside whose answers carry the code of a fault, and says so', async () => {
    const changes: string[] = [];
    client.balancing.onPhase(({ instance, before, phase }) => changes.push(`${instance}: ${before} to ${phase}`));
    const fault = { data: { x: null }, errors: [{ message: 'no', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] };
    await serve('bad', answerWith(fault));
    await serve(
      'good',
      answerWith({ data: { x: null }, errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] }),
    );

    await until(async () => {
      await Promise.all(Array.from({ length: 10 }, () => send()));
      return changes.length > 0;
    });

    expect(changes).toEqual(['bad: closed to open']);
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
