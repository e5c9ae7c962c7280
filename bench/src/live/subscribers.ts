/** A process full of subscribers, told what to do over its channel: open sockets, then say when an event has reached them all. */
import { WebSocket } from 'ws';

/** What the bench asks for: so many sockets, with these tokens in turn. */
export interface SubscribersOrder {
  readonly url: string;
  readonly count: number;
  readonly tokens: readonly string[];
  readonly query: string;
}

/** What it is told: all sockets are open; or an event has reached the last of them, and when. */
export type SubscribersReport =
  | { readonly kind: 'open' }
  | { readonly kind: 'reached'; readonly event: string; readonly at: number }
  | { readonly kind: 'failed'; readonly reason: string };

const openAtOnce = 100;
const reached = new Map<string, number>();

const report = (message: SubscribersReport) => process.send?.(message);

process.on('message', (order: SubscribersOrder) => {
  openAll(order).then(
    () => report({ kind: 'open' }),
    (fault: unknown) => report({ kind: 'failed', reason: String(fault) }),
  );
});

async function openAll(order: SubscribersOrder): Promise<void> {
  for (let from = 0; from < order.count; from += openAtOnce) {
    const batch = Array.from({ length: Math.min(openAtOnce, order.count - from) }, (_, index) => from + index);
    await Promise.all(batch.map((index) => open(order, index)));
  }
}

/** Opens a socket and subscribes. A query after it is answered when the subscription is at work. */
function open({ url, tokens, query, count }: SubscribersOrder, index: number): Promise<void> {
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
  const say = (message: object) => socket.send(JSON.stringify(message));
  return new Promise((resolve, fail) => {
    socket.on('error', fail);
    socket.on('close', (code) => fail(new Error(`a socket was closed with ${code}`)));
    socket.on('open', () =>
      say({ type: 'connection_init', payload: { authorization: tokens[index % tokens.length] } }),
    );
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text.includes('"type":"connection_ack"')) {
        say({ id: 'events', type: 'subscribe', payload: { query } });
        say({ id: 'ready', type: 'subscribe', payload: { query: '{ __typename }' } });
      } else if (text.includes('"id":"ready"')) resolve();
      else note(text, count);
    });
  });
}

function note(text: string, count: number): void {
  const event = /"ticked":\{"id":"([^"]+)"/.exec(text)?.[1];
  if (event === undefined) return void report({ kind: 'failed', reason: text.slice(0, 300) });
  const total = (reached.get(event) ?? 0) + 1;
  reached.set(event, total);
  if (total === count) report({ kind: 'reached', event, at: Date.now() });
}
