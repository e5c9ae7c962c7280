import type { Dispatcher } from 'undici';

/** One POST of JSON. The call ends after `timeoutMs` or when `signal` aborts. */
export interface JsonPost {
  readonly url: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What came of a POST: an answer, none because the connection failed, or none for another reason. */
export type PostResult =
  | { readonly phase: 'answered'; readonly body: unknown }
  | { readonly phase: 'no-connection'; readonly cause: unknown }
  | { readonly phase: 'failed'; readonly cause: unknown };

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const MAX_BODY_BYTES = 1_000_000;

/** Sends JSON and reads JSON. Never throws; a status other than 200 is a failure. */
export async function postJson(
  dispatcher: Dispatcher,
  { url, body, headers, timeoutMs, signal }: JsonPost,
): Promise<PostResult> {
  try {
    const { origin, pathname } = new URL(url);
    const response = await dispatcher.request({
      origin,
      path: pathname,
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json',
        'x-deadline-ms': String(timeoutMs),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const isTooLong = Number(response.headers['content-length'] ?? 0) > MAX_BODY_BYTES;
    if (response.statusCode !== 200 || isTooLong) {
      await response.body.dump();
      return {
        phase: 'failed',
        cause: new Error(`status ${response.statusCode}${isTooLong ? ', body too long' : ''}`),
      };
    }
    return { phase: 'answered', body: await response.body.json() };
  } catch (cause) {
    return { phase: isConnectionFault(cause) ? 'no-connection' : 'failed', cause };
  }
}

function isConnectionFault(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && CONNECTION_CODES.has(String(cause.code));
}
