import { Connection, type Receiver, type RequestText, type Target } from './connection.ts';

/** Options of `createConnections`. */
export interface ConnectionsOptions extends Target {
  /** At most so many at once; further requests wait. */
  readonly maxConnections: number;
  /** The `host:port` of the server, as requests name it. */
  readonly authority: string;
}

/** The connections to one server. */
export interface Connections {
  /** The `host:port` that requests must name. */
  readonly authority: string;
  /**
   * Sends a request, whole as it goes over the wire, over a connection that is free. After `timeoutMs`, to within 20 ms, it is given
   * up; after `overdueMs` the receiver is told that there is none yet. Returns what takes it back: the receiver is then not called any more.
   */
  send(request: RequestText, receiver: Receiver, timeoutMs: number, overdueMs?: number): () => void;
  /** Takes no further requests, and ends when the last has been answered. */
  close(): Promise<void>;
}

/** A request and who waits for its response. */
interface Order {
  readonly request: RequestText;
  readonly receiver: Receiver;
  readonly endsAtMs: number;
  overdueAtMs: number;
  connection: Connection | null;
}

/** What a server that does not say keeps an idle connection for: half of what common ones do. */
const keepAliveMs = 4_000;
/** So much earlier than the server we part, since its closing would cross our next request. */
const keepAliveMarginMs = 1_000;
const sweepEveryMs = 1_000;
/** One timer looks at all that wait: a timer for each would cost more than parsing its response. */
const lookEveryMs = 20;

/**
 * Opens connections as they are needed, and takes the one that was used last. The first request of a turn of the event loop is sent at
 * once, those that follow in the same turn together at its end: to wake a server costs more than to write to one that is awake.
 */
export function createConnections(options: ConnectionsOptions): Connections {
  return new KeptConnections(options);
}

class KeptConnections implements Connections {
  readonly authority: string;
  readonly #options: ConnectionsOptions;
  readonly #orders = new Map<Connection, Order | null>();
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<Order>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #sweeper: NodeJS.Timeout;
  /** What is to be sent at the end of this turn of the event loop; null when nothing was sent in it. */
  #unsent: Connection[] | null = null;
  #isWatching = false;
  #isClosing = false;

  constructor(options: ConnectionsOptions) {
    this.authority = options.authority;
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), sweepEveryMs).unref();
  }

  send(request: RequestText, receiver: Receiver, timeoutMs: number, overdueMs = Infinity): () => void {
    if (this.#isClosing) throw new Error('the connections are closed');
    const nowMs = performance.now();
    const order: Order = {
      request,
      receiver,
      endsAtMs: nowMs + timeoutMs,
      overdueAtMs: nowMs + overdueMs,
      connection: null,
    };
    const connection = this.#takeIdle() ?? (this.#orders.size < this.#options.maxConnections ? this.#open() : null);
    if (connection) this.#give(connection, order);
    else this.#waiting.add(order);
    this.#watch();
    return () => this.#takeBack(order);
  }

  close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#sweeper);
    for (const connection of this.#idle.splice(0)) connection.close(new Error('not needed any more'));
    this.#endWhenDone();
    return this.#closed.promise;
  }

  onIdle(connection: Connection): void {
    this.#orders.set(connection, null);
    const next = this.#takeWaiting();
    if (next) this.#give(connection, next);
    else if (this.#isClosing) connection.close(new Error('not needed any more'));
    else this.#idle.push(connection);
  }

  onClosed(connection: Connection): void {
    this.#orders.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    const next = this.#takeWaiting();
    if (next) this.#give(this.#open(), next);
    this.#endWhenDone();
  }

  #open(): Connection {
    return new Connection(this.#options, this);
  }

  #give(connection: Connection, order: Order): void {
    order.connection = connection;
    this.#orders.set(connection, order);
    connection.take(order.request, order.receiver);
    if (this.#unsent) {
      this.#unsent.push(connection);
      return;
    }
    this.#unsent = [];
    setImmediate(() => this.#endTurn());
    connection.flush();
  }

  #endTurn(): void {
    const unsent = this.#unsent ?? [];
    this.#unsent = null;
    for (const connection of unsent) connection.flush();
  }

  #takeIdle(): Connection | null {
    const now = performance.now();
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (!isStale(last, now)) return last;
      last.close(new Error('idle for too long'));
    }
    return null;
  }

  #takeWaiting(): Order | undefined {
    const [next] = this.#waiting;
    if (next) this.#waiting.delete(next);
    return next;
  }

  #takeBack(order: Order): void {
    const { connection } = order;
    if (!connection) this.#waiting.delete(order);
    else if (this.#orders.get(connection) === order) connection.abandon();
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    setTimeout(() => this.#look(), lookEveryMs);
  }

  #look(): void {
    this.#isWatching = false;
    const now = performance.now();
    for (const order of [...this.#orders.values(), ...this.#waiting]) {
      if (!order) continue;
      if (order.endsAtMs <= now) {
        this.#takeBack(order);
        order.receiver.onLate();
      } else if (order.overdueAtMs <= now) {
        order.overdueAtMs = Infinity;
        order.receiver.onOverdue?.();
      }
    }
    if (this.#idle.length < this.#orders.size || this.#waiting.size > 0) this.#watch();
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#idle.filter((each) => isStale(each, now))) {
      connection.close(new Error('idle for too long'));
    }
  }

  #endWhenDone(): void {
    if (this.#isClosing && this.#orders.size === 0 && this.#waiting.size === 0) this.#closed.resolve();
  }
}

function isStale(connection: Connection, nowMs: number): boolean {
  const kept = connection.keepAliveMs === undefined ? keepAliveMs : connection.keepAliveMs - keepAliveMarginMs;
  return nowMs - connection.idleSinceMs >= kept;
}
