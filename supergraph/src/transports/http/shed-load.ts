import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AdaptiveLimit } from '../../guards/adaptive-limit.ts';

/** How load is shed. */
export interface SheddingOptions {
  readonly limit: AdaptiveLimit;
  /** The values of `apollographql-client-name` whose requests may wait. */
  readonly bulkClients: readonly string[];
}

const everyMs = 100;
const message = 'The service has too much to do. Try again in a moment.';
const graphqlBody = JSON.stringify({ errors: [{ message, extensions: { code: 'OVERLOADED' } }] });
const problemBody = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  code: 'OVERLOADED',
  detail: message,
});

/**
 * Answers requests of the graph that are beyond the limit with 503 and `Retry-After`, before anything is done for them: a refusal that costs as
 * much as an answer would save nothing. Streams are judged when they begin and do not count; what is established, health and pages are never refused.
 * Call it when the server has its listeners. Returns what ends it.
 */
export function shedLoad(server: Server, { limit, bulkClients }: SheddingOptions): () => void {
  const bulk: ReadonlySet<unknown> = new Set(bulkClients);
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    for (const listener of listeners) listener(request, response);
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const kind = kindOf(request.url ?? '');
    if (kind === 'other') return handle(request, response);
    if (!limit.begin(bulk.has(request.headers['apollographql-client-name']))) return refuse(response, kind);
    if (isStream(request)) {
      limit.end(0);
      return handle(request, response);
    }
    const startedAtMs = performance.now();
    response.once('close', () => limit.end(performance.now() - startedAtMs));
    handle(request, response);
  });
  return adaptRegularly(limit);
}

/** A timer that rings late says how long everybody had to wait. */
function adaptRegularly(limit: AdaptiveLimit): () => void {
  let dueAtMs = performance.now() + everyMs;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    limit.adapt(Math.max(0, nowMs - dueAtMs));
    dueAtMs = nowMs + everyMs;
  }, everyMs).unref();
  return () => clearInterval(timer);
}

function kindOf(url: string): 'graphql' | 'rest' | 'other' {
  if (url.startsWith('/graphql')) return 'graphql';
  return url.startsWith('/api/') && !url.startsWith('/api/docs') ? 'rest' : 'other';
}

function isStream({ headers: { accept } }: IncomingMessage): boolean {
  return accept !== undefined && /text\/event-stream|multipart\/mixed/i.test(accept);
}

function refuse(response: ServerResponse, kind: 'graphql' | 'rest'): void {
  const body = kind === 'graphql' ? graphqlBody : problemBody;
  const type = kind === 'graphql' ? 'application/json; charset=utf-8' : 'application/problem+json; charset=utf-8';
  response.writeHead(503, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'retry-after': '1',
    'cache-control': 'no-store',
  });
  response.end(body);
}
