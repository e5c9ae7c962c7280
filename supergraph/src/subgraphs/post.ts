import type { Receiver, RequestText } from './http1/connection.ts';
import type { Connections } from './http1/connections.ts';
import { headerOf } from './http1/response-head.ts';
import type { RawResponse } from './http1/response-reader.ts';
import type { SubgraphAnswer } from './client.ts';
import { onAbort, reasonOf, type Signal } from './signal.ts';

/** One HTTP request to one instance. */
export interface Post {
  readonly pool: Connections;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: Signal;
  readonly timeoutMs: number;
  /** When to say that there is no answer yet; before `timeoutMs`, or never. */
  readonly overdueMs?: number | undefined;
  /** An answer with status 200 and these bytes is not parsed. */
  readonly expected?: Buffer | undefined;
}

/** What came of it in the end: an answer in JSON, or why there is none. */
export type PostOutcome = (SubgraphAnswer & { readonly kind: 'answered' }) | PostFailure;

/** Why there is no answer. `isUnsent`: no connection was there to take the request, so it cannot have had an effect. */
export interface PostFailure {
  readonly kind: 'failed';
  readonly reason: 'connection' | 'status' | 'not-json' | 'late';
  readonly cause: unknown;
  readonly isUnsent: boolean;
}

/** There is no answer yet, and it is time to do something about it. */
export interface Overdue {
  readonly kind: 'overdue';
  /** What comes of it in the end. */
  readonly rest: Promise<PostOutcome>;
  /** Gives it up; `rest` never settles then. */
  abandon(): void;
}

/**
 * Posts JSON and reads JSON. A status of 500 and above, a broken connection, a body that is not JSON, and no answer within
 * `timeoutMs` (or one that says so, 504) are outcomes. Rejects with the signal's reason when it was aborted.
 */
export function post(given: Post): Promise<PostOutcome | Overdue> {
  const { signal } = given;
  if (signal.aborted) return Promise.reject(reasonOf(signal));
  return new Promise((resolve, reject) => new Exchange(given, resolve, reject).begin());
}

/** One request on its way. */
class Exchange implements Receiver {
  readonly #given: Post;
  #resolve: (outcome: PostOutcome | Overdue) => void;
  #reject: (fault: Error) => void;
  #takeBack: (() => void) | null = null;
  #stay: (() => void) | null = null;

  constructor(given: Post, resolve: (outcome: PostOutcome | Overdue) => void, reject: (fault: Error) => void) {
    this.#given = given;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    const { pool, signal, timeoutMs, overdueMs } = this.#given;
    this.#takeBack = pool.send(writeRequest(this.#given), this, timeoutMs, overdueMs);
    this.#stay = onAbort(signal, (reason) => {
      this.#takeBack?.();
      this.#reject(reason);
    });
  }

  onResponse(response: RawResponse): void {
    this.#stay?.();
    const { status } = response.head;
    if (status < 500) this.#resolve(readAnswer(response, this.#given.expected));
    else this.#resolve(failure(status === 504 ? 'late' : 'status', new Error(`it answered ${status}`)));
  }

  onFault(cause: Error, isUnsent: boolean): void {
    this.#stay?.();
    this.#resolve({ kind: 'failed', reason: 'connection', cause, isUnsent });
  }

  onLate(): void {
    this.#stay?.();
    this.#resolve(failure('late', new Error(`no answer within ${this.#given.timeoutMs} ms`)));
  }

  onOverdue(): void {
    const { promise: rest, resolve, reject } = Promise.withResolvers<PostOutcome>();
    const tell = this.#resolve;
    this.#resolve = resolve as typeof tell;
    this.#reject = reject;
    tell({ kind: 'overdue', rest, abandon: () => this.#abandon() });
  }

  #abandon(): void {
    this.#stay?.();
    this.#takeBack?.();
  }
}

function failure(reason: PostFailure['reason'], cause: unknown): PostFailure {
  return { kind: 'failed', reason, cause, isUnsent: false };
}

/** Source: RFC 9112, section 3 */
function writeRequest({ pool, path, headers, body }: Post): RequestText {
  const length = Buffer.byteLength(body);
  let head = `POST ${path} HTTP/1.1\r\nhost: ${pool.authority}\r\ncontent-length: ${length}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (unwritable.test(value)) throw new Error(`the header ${name} has signs that no header may have`);
    head += `${name}: ${value}\r\n`;
  }
  return { text: `${head}\r\n${body}`, isAscii: length === body.length };
}

/** A line end would begin a header of somebody else's making. */
const unwritable = /[^\t\x20-\x7e]/;

function readAnswer({ head, body, isOwned }: RawResponse, expected: Buffer | undefined): PostOutcome {
  const { status } = head;
  const cacheControl = headerOf(head, 'cache-control');
  const noStore = cacheControl !== undefined && noStorePattern.test(cacheControl);
  if (status === 200 && expected?.equals(body)) {
    return { kind: 'answered', status, json: undefined, bytes: expected, isExpected: true, noStore };
  }
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    const bytes = isOwned ? body : Buffer.from(body);
    return { kind: 'answered', status, json, bytes, isExpected: false, noStore, cacheControl };
  } catch (cause) {
    return failure('not-json', cause);
  }
}

const noStorePattern = /\bno-store\b/i;
