import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Customer } from '../testing/customers.ts';

/** One event as a subscriber was told of it. */
export interface Entry {
  readonly orderId: string;
  readonly buyerId: string | null;
  readonly cursor: string;
  /** From the moment that the event names to the moment that the socket brought it. */
  readonly latencyMs: number;
}

/** What one subscriber was told, through every cut: it comes back by itself, at any replica, after its last cursor. */
export interface Diary {
  readonly customer: Customer;
  readonly entries: readonly Entry[];
  /** When it was told that its cursor is worth nothing any more. */
  readonly expiredAt: readonly number[];
  /** Closings that nobody here asked for, by their codes. */
  readonly closings: readonly number[];
  /** Cuts the connection without a word. */
  cut(): void;
  /** Stops reading, with the connection open. */
  stopReading(): void;
  readOn(): void;
  close(): void;
}

interface Placed {
  readonly orderCreated: {
    readonly cursor: string;
    readonly occurredAt: string;
    readonly order: { readonly id: string; readonly buyer: { readonly id: string } | null };
  };
}

const query =
  'subscription ($after: String) { orderCreated(after: $after) { cursor occurredAt order { id buyer { id } } } }';

/** Opens a diary with graphql-ws's client, and waits until the subscription is at work. */
export async function openDiary(sockets: readonly string[], customer: Customer, first = 0): Promise<Diary> {
  const entries: Entry[] = [];
  const expiredAt: number[] = [];
  const closings: number[] = [];
  let connection = first;
  let isCut = false;
  let isClosed = false;
  let socket: WebSocket | null = null;
  const client = createClient({
    url: () => sockets[(connection += 1) % sockets.length] ?? '',
    webSocketImpl: WebSocket,
    lazy: false,
    connectionParams: { authorization: `Bearer ${customer.token}` },
    retryAttempts: Infinity,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 200)),
    shouldRetry: () => true,
    onNonLazyError: () => undefined,
  });
  const variables: { after?: string } = {};
  client.on('connected', (_socket, payload) => {
    const { cursor } = (payload ?? {}) as { cursor?: string };
    if (cursor) variables.after ??= cursor; // what comes before the first event is not lost either
  });
  client.on('opened', (opened) => (socket = opened as WebSocket));
  client.on('closed', (event) => {
    if (!isCut && !isClosed) closings.push((event as { code: number }).code);
    isCut = false;
  });
  const listen = () => {
    client.subscribe<Placed>(
      { query, variables },
      {
        next({ data, errors = [] }) {
          if (errors.some(({ extensions }) => extensions?.['code'] === 'CURSOR_EXPIRED')) {
            expiredAt.push(Date.now());
            delete variables.after;
          }
          if (!data?.orderCreated) return;
          const { cursor, occurredAt, order } = data.orderCreated;
          const latencyMs = Date.now() - Date.parse(occurredAt);
          entries.push({ orderId: order.id, buyerId: order.buyer?.id ?? null, cursor, latencyMs });
          variables.after = cursor;
        },
        error: () => void (isClosed || setTimeout(listen, 100)),
        complete: () => void (isClosed || setTimeout(listen, 100)),
      },
    );
  };
  listen();
  for await (const _ of client.iterate({ query: '{ __typename }' })); // answered when what was asked before is at work
  return {
    customer,
    entries,
    expiredAt,
    closings,
    cut() {
      if (socket?.readyState !== WebSocket.OPEN) return;
      isCut = true;
      socket.terminate();
    },
    stopReading: () => socket?.pause(),
    readOn: () => socket?.resume(),
    close() {
      isClosed = true;
      void client.dispose();
    },
  };
}
