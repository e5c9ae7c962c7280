import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher, Pool } from 'undici';
import type { SubgraphAnswer } from './client.ts';
import { onAbort, reasonOf } from './on-abort.ts';

/** One HTTP request to one instance. */
export interface Post {
  readonly pool: Pool;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** An answer with status 200 and these bytes is not parsed. */
  readonly expected?: Buffer | undefined;
}

/** What came of it: an answer in JSON, or why there is none and whether the same instance may be asked again. */
export type PostOutcome =
  | (SubgraphAnswer & { readonly kind: 'answered' })
  | { readonly kind: 'failed'; readonly reason: 'connection' | 'status' | 'not-json'; readonly cause: unknown };

/**
 * Posts JSON and reads JSON. A status of 500 and above, a broken connection and a body that is not JSON are outcomes.
 * Rejects with a CodedError DEADLINE_EXCEEDED after `timeoutMs` or when the subgraph says so (504), and with the signal's
 * reason when it was aborted.
 */
export function post({ pool, path, body, headers, signal, timeoutMs, expected }: Post): Promise<PostOutcome> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(reasonOf(signal));
      return;
    }
    const exchange = new Exchange({ signal, timeoutMs, expected, resolve, reject });
    pool.dispatch({ path, method: 'POST', headers, body }, exchange);
  });
}

/** The fault of a subgraph that took too long. */
export function late(cause?: unknown): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', 'A part of the graph did not answer in time', { cause });
}

interface Settling extends Pick<Post, 'signal' | 'timeoutMs' | 'expected'> {
  readonly resolve: (outcome: PostOutcome) => void;
  readonly reject: (fault: Error) => void;
}

/** One request on its way. Without undici's streams and signals in between it costs half as much. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settling: Settling;
  readonly #timer: NodeJS.Timeout;
  readonly #stay: () => void;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #noStore = false;
  /** Why nobody waits any more; null while somebody does. */
  #abandoned: Error | null = null;

  constructor(settling: Settling) {
    const { signal, timeoutMs } = settling;
    this.#settling = settling;
    this.#stay = onAbort(signal, (reason) => this.#abandon(reason));
    this.#timer = setTimeout(() => this.#abandon(late(new Error(`no answer within ${timeoutMs} ms`))), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abandoned) controller.abort(this.#abandoned);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    const caching = headers['cache-control'];
    this.#noStore = caching !== undefined && /\bno-store\b/i.test(caching);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end();
    const { resolve, reject, expected } = this.#settling;
    const [only] = this.#chunks;
    const bytes = only && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
    if (this.#status === 504) reject(late(new Error('it answered 504')));
    else if (this.#status < 500) resolve(readAnswer(bytes, { status: this.#status, noStore: this.#noStore, expected }));
    else resolve({ kind: 'failed', reason: 'status', cause: new Error(`it answered ${this.#status}`) });
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    this.#end();
    this.#settling.resolve({ kind: 'failed', reason: 'connection', cause });
  }

  /** A request that still waits for a connection is aborted when it gets one. */
  #abandon(reason: Error): void {
    this.#end();
    this.#abandoned = reason;
    this.#settling.reject(reason);
    this.#controller?.abort(reason);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#stay();
  }
}

function readAnswer(
  bytes: Buffer,
  { status, noStore, expected }: Pick<SubgraphAnswer, 'status' | 'noStore'> & Pick<Post, 'expected'>,
): PostOutcome {
  const told = noStore ? { status, bytes, noStore } : { status, bytes };
  if (status === 200 && expected?.equals(bytes))
    return { kind: 'answered', ...told, json: undefined, isExpected: true };
  try {
    return { kind: 'answered', ...told, json: JSON.parse(bytes.toString('utf8')) as unknown };
  } catch (cause) {
    return { kind: 'failed', reason: 'not-json', cause };
  }
}
