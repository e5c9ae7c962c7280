import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { untilClosedLength } from './response-head.ts';
import { type RawResponse, ResponseReader } from './response-reader.ts';

/** A request, whole as it goes over the wire. */
export interface RequestText {
  readonly text: string;
  /** True when it has no character beyond ASCII: it is then written as it is. */
  readonly isAscii: boolean;
}

/** Who waits for a response. One of the first three is called, once. */
export interface Receiver {
  /** The body may be overwritten once this returns, unless the response says that it owns it. */
  onResponse(response: RawResponse): void;
  /** The connection could not be opened, broke, or did not speak HTTP; `isUnsent` when nothing was sent. */
  onFault(cause: Error, isUnsent: boolean): void;
  /** There is no response within the time. */
  onLate(): void;
  /** There is no response within the time after which the sender wants to hear of it; it is awaited further. At most once, before the others. */
  onOverdue?(): void;
}

/** Where a connection goes to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly connectTimeoutMs: number;
  readonly maxBodyBytes: number;
}

/** What a connection tells its owner. */
export interface ConnectionListener {
  /** A response has ended, and another request may be sent. */
  onIdle(connection: Connection): void;
  /** It is gone, and whoever waited for a response has been told. */
  onClosed(connection: Connection): void;
}

const readBytes = 65_536;
/** All plain connections read into it: where the kernel says that there is something to read, it is read and told at once. */
const readBuffer = Buffer.allocUnsafeSlow(readBytes);

/** One connection, with one request at a time. HTTP/1.1 cannot take a request back: to abandon one is to close. */
export class Connection {
  readonly #socket: Socket;
  readonly #listener: ConnectionListener;
  readonly #reader: ResponseReader;
  readonly #connecting: NodeJS.Timeout;
  #receiver: Receiver | null = null;
  /** What the receiver waits for, as long as it has not been sent. */
  #unsent: RequestText | null = null;
  #isOpen = false;
  #isClosed = false;
  /** For how long the server keeps it when idle, as far as it said so. */
  keepAliveMs: number | undefined;
  /** Since when it is idle, in the time of `performance.now()`. */
  idleSinceMs = 0;

  constructor(target: Target, listener: ConnectionListener) {
    this.#listener = listener;
    this.#reader = new ResponseReader(target);
    this.#socket = openSocket(target, (bytes) => this.#read(bytes))
      .on(target.isSecure ? 'secureConnect' : 'connect', () => this.#open())
      .on('error', (cause) => this.close(cause))
      .on('end', () => this.#end())
      .on('close', () => this.close(new Error('the connection was closed')));
    this.#connecting = setTimeout(
      () => this.close(new Error(`no connection within ${target.connectTimeoutMs} ms`)),
      target.connectTimeoutMs,
    );
  }

  /** Takes a request, for `flush` to send; the one before it must have been answered. */
  take(request: RequestText, receiver: Receiver): void {
    this.#receiver = receiver;
    this.#unsent = request;
  }

  /** Sends what it has taken. */
  flush(): void {
    const request = this.#unsent;
    if (!request || this.#isClosed) return;
    this.#unsent = null;
    this.#socket.write(request.text, request.isAscii ? 'latin1' : 'utf8');
  }

  /** Closes at once, and tells nobody why. */
  abandon(): void {
    this.#receiver = null;
    this.close(new Error('nobody waits any more'));
  }

  /** Closes at once. Whoever waits for a response is told why. */
  close(cause: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#connecting);
    this.#socket.destroy();
    this.#takeReceiver()?.onFault(cause, !this.#isOpen || this.#unsent !== null);
    this.#listener.onClosed(this);
  }

  #open(): void {
    clearTimeout(this.#connecting);
    this.#isOpen = true;
  }

  #read(bytes: Buffer): void {
    if (this.#isClosed) return;
    try {
      if (!this.#receiver || this.#unsent) throw new Error('it answered what nobody had asked');
      const response = this.#reader.read(bytes);
      if (response) this.#finish(response);
    } catch (fault) {
      this.close(asError(fault));
    }
  }

  #end(): void {
    try {
      const response = this.#receiver && !this.#unsent ? this.#reader.end() : null;
      if (response) this.#finish(response);
      this.close(new Error('the other side closed the connection'));
    } catch (fault) {
      this.close(asError(fault));
    }
  }

  #finish(response: RawResponse): void {
    const { staysOpen, keepAliveMs, length } = response.head;
    const receiver = this.#takeReceiver();
    // An answer to half a request: the server will not read the rest as one.
    const mayGoOn = staysOpen && length !== untilClosedLength && this.#socket.writableLength === 0;
    receiver?.onResponse(response);
    if (!mayGoOn) this.close(new Error('the connection has had its last response'));
    else if (!this.#isClosed) {
      this.keepAliveMs = keepAliveMs;
      this.idleSinceMs = performance.now();
      this.#listener.onIdle(this);
    }
  }

  #takeReceiver(): Receiver | null {
    const receiver = this.#receiver;
    this.#receiver = null;
    return receiver;
  }
}

function asError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault));
}

/** Plain sockets read without a stream in between, which halves what a response costs; node:tls has no such way. */
function openSocket({ host, port, isSecure }: Target, onRead: (bytes: Buffer) => void): Socket {
  if (isSecure) return connectTls({ host, port, servername: host, ALPNProtocols: ['http/1.1'] }).on('data', onRead);
  // On Windows the kernel fills the buffer later, so that each connection needs its own.
  const buffer = process.platform === 'win32' ? Buffer.allocUnsafeSlow(readBytes) : readBuffer;
  const callback = (count: number) => {
    onRead(buffer.subarray(0, count));
    return true;
  };
  return connect({ host, port, noDelay: true, keepAlive: true, onread: { buffer, callback } });
}
