/** A process that sends requests at a pace, hostile ones or well-behaved ones: told what over its channel, it reports when it has ended. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { sendRaw } from '@storefront/supergraph/src/transports/hostile/testing/hostile-gateway.ts';
import { hostileOperations, textOf } from '@storefront/supergraph/src/transports/hostile/testing/hostile-operations.ts';
import {
  type HostileRequest,
  hostileRequests,
} from '@storefront/supergraph/src/transports/hostile/testing/hostile-requests.ts';
import { WebSocket } from 'ws';

/** What to send to a gateway, how often, for how long. */
export interface SendersOrder {
  readonly gateway: string;
  readonly kind: 'hostile' | 'well-behaved';
  readonly perSecond: number;
  readonly forMs: number;
}

/** One request that was answered. */
export interface Sent {
  readonly name: string;
  readonly tookMs: number;
}

/** What came of an order. */
export interface SendersReport {
  readonly sent: readonly Sent[];
  /** Those that were answered as faults of the server, or were not answered at all. */
  readonly faults: readonly string[];
}

/** What one client asks: the same that its neighbour does. */
export const soundBody: string = JSON.stringify({
  query: '{ me { id name } products(first: 3) { nodes { id name } } }',
});

/** Something that is sent on a connection of its own; resolves with a fault, or null. */
interface Sending {
  readonly name: string;
  send(gateway: URL, timing: { startedAt: number }): Promise<string | null>;
}

const json = { 'content-type': 'application/json' };
const overHttp = (request: Omit<HostileRequest, 'status'>): Sending => ({
  name: request.name,
  async send(gateway) {
    const { status } = await sendRaw(gateway, request);
    return status >= 500 ? String(status) : null;
  },
});
const overSocket = (name: string, payload: string): Sending => ({
  name: `websocket, ${name}`,
  async send({ host, pathname }, timing) {
    const socket = new WebSocket(`ws://${host}${pathname}`, 'graphql-transport-ws');
    try {
      await once(socket, 'open');
      socket.send('{"type":"connection_init"}');
      await once(socket, 'message');
      timing.startedAt = performance.now();
      socket.send(`{"id":"1","type":"subscribe","payload":${payload}}`);
      const [heard] = await Promise.race([once(socket, 'message'), once(socket, 'close')]);
      return heard === 4500 || String(heard).includes('INTERNAL_SERVER_ERROR') ? String(heard) : null;
    } finally {
      socket.terminate();
    }
  },
});

/** One in three goes over a websocket, in either kind. */
const sendings: Readonly<Record<SendersOrder['kind'], () => readonly (readonly Sending[])[]>> = {
  hostile() {
    const operations = hostileOperations.map(({ name, payload }) => ({ name, body: textOf(payload) }));
    const posts = operations.map(({ name, body }) => overHttp({ name, method: 'POST', headers: json, body }));
    const http = [...hostileRequests.map(overHttp), ...posts];
    return [http, http.toReversed(), operations.map(({ name, body }) => overSocket(name, body))];
  },
  'well-behaved'() {
    const http = [overHttp({ name: 'a query', method: 'POST', headers: json, body: soundBody })];
    return [http, http, [overSocket('a query', soundBody)]];
  },
};

/** However slow the answers are: beyond that nothing is sent, so that this process stays at its pace. */
const mostUnanswered = 200;

async function send({ gateway, kind, perSecond, forMs }: SendersOrder): Promise<SendersReport> {
  const address = new URL(gateway);
  const ways = sendings[kind]();
  const sent: Sent[] = [];
  const faults: string[] = [];
  const open = new Set<Promise<void>>();
  const sendOne = async (sending: Sending) => {
    const timing = { startedAt: performance.now() };
    const fault = await sending.send(address, timing).catch((cause: unknown) => String(cause));
    sent.push({ name: sending.name, tookMs: performance.now() - timing.startedAt });
    if (fault !== null) faults.push(`${sending.name}: ${fault}`);
  };
  const startedAt = performance.now();
  for (let count = 0; count < (perSecond * forMs) / 1_000; count += 1) {
    await delay(Math.max(0, startedAt + (count * 1_000) / perSecond - performance.now()));
    const way = ways[count % ways.length] ?? [];
    const sending = way[Math.floor(count / ways.length) % way.length];
    if (!sending || open.size >= mostUnanswered) continue;
    const answered = sendOne(sending).finally(() => open.delete(answered));
    open.add(answered);
  }
  await Promise.all(open);
  return { sent, faults: [...new Set(faults)] };
}

process.on('message', (order: SendersOrder) => {
  void send(order).then((report) => process.send?.(report));
});
