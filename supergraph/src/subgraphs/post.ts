import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Receiver, RequestText } from './http1/connection.ts';
import type { Connections } from './http1/connections.ts';
import { headerOf } from './http1/response-head.ts';
import type { RawResponse } from './http1/response-reader.ts';
import type { SubgraphAnswer } from './client.ts';
import { onAbort, reasonOf } from './on-abort.ts';

/** One HTTP request to one instance. */
export interface Post {
  readonly pool: Connections;
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
export function post(given: Post): Promise<PostOutcome> {
  const { signal } = given;
  if (signal.aborted) return Promise.reject(reasonOf(signal));
  return new Promise((resolve, reject) => new Exchange({ ...given, resolve, reject }).begin());
}

/** The fault of a subgraph that took too long. */
export function late(cause?: unknown): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', 'A part of the graph did not answer in time', { cause });
}

interface Settling {
  readonly resolve: (outcome: PostOutcome) => void;
  readonly reject: (fault: Error) => void;
}

/** One request on its way. */
class Exchange implements Receiver {
  readonly #given: Post & Settling;
  #stay: (() => void) | null = null;

  constructor(given: Post & Settling) {
    this.#given = given;
  }

  begin(): void {
    const { pool, signal, timeoutMs, reject } = this.#given;
    const takeBack = pool.send(writeRequest(this.#given), this, timeoutMs);
    this.#stay = onAbort(signal, (reason) => {
      takeBack();
      reject(reason);
    });
  }

  onResponse(response: RawResponse): void {
    this.#stay?.();
    const { resolve, reject, expected } = this.#given;
    const { status } = response.head;
    if (status === 504) reject(late(new Error('it answered 504')));
    else if (status < 500) resolve(readAnswer(response, expected));
    else resolve({ kind: 'failed', reason: 'status', cause: new Error(`it answered ${status}`) });
  }

  onFault(cause: Error): void {
    this.#stay?.();
    this.#given.resolve({ kind: 'failed', reason: 'connection', cause });
  }

  onLate(): void {
    this.#stay?.();
    this.#given.reject(late(new Error(`no answer within ${this.#given.timeoutMs} ms`)));
  }
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
  const noStore = noStorePattern.test(headerOf(head, 'cache-control') ?? '');
  if (status === 200 && expected?.equals(body)) {
    return { kind: 'answered', status, json: undefined, bytes: expected, isExpected: true, noStore };
  }
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    return { kind: 'answered', status, json, bytes: isOwned ? body : Buffer.from(body), isExpected: false, noStore };
  } catch (cause) {
    return { kind: 'failed', reason: 'not-json', cause };
  }
}

const noStorePattern = /\bno-store\b/i;
