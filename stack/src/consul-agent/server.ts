/**
 * A development agent: the part of Consul's HTTP API that the `consul` client uses, in memory, on one node. It stands in
 * where no Consul binary is installed; it has no cluster, no access control and no persistence.
 * Blocking queries: with `index`, an answer waits until a topic it depends on passes that index or `wait` has gone by
 * (default 5 min, at most 10 min), and every answer carries X-Consul-Index, never 0.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { agentRoutes } from './agent-routes.ts';
import type { AgentState, Answer, Question, Route } from './answer.ts';
import { Refusal } from './answer.ts';
import { createCatalog } from './catalog.ts';
import { catalogRoutes } from './catalog-routes.ts';
import { createChanges } from './changes.ts';
import { checkRoutes } from './check-routes.ts';
import { parseDurationMs } from './duration.ts';
import { healthRoutes } from './health-routes.ts';
import { createKeyValue } from './key-value.ts';
import { keyValueRoutes } from './key-value-routes.ts';
import { serviceRoutes } from './service-routes.ts';

const defaultWaitMs = 5 * 60_000;
const longestWaitMs = 10 * 60_000;
const maxBodyBytes = 512 * 1024;

/** A running agent. `close` ends open blocking queries, checks and timers. */
export type DevelopmentAgent = { readonly url: string; readonly port: number; close(): Promise<void> };

/**
 * Starts an agent on `host:port` (0: any free port). `minimumReapMs` is the least a service stays critical before
 * DeregisterCriticalServiceAfter applies; Consul's own least, one minute, is the default.
 * @throws the listen error (EADDRINUSE) when the port is taken
 */
export async function startAgent(options: {
  port: number;
  host?: string;
  minimumReapMs?: number;
}): Promise<DevelopmentAgent> {
  const { host = '127.0.0.1', minimumReapMs = 60_000 } = options;
  const changes = createChanges();
  const state: AgentState = {
    changes,
    catalog: createCatalog({ changes, minimumReapMs }),
    keys: createKeyValue(changes),
    node: { name: 'storefront', id: randomUUID(), address: host },
  };
  const routes = [agentRoutes, serviceRoutes, checkRoutes, catalogRoutes, healthRoutes, keyValueRoutes].flatMap(
    (part) => part(state),
  );
  const closing = new AbortController();
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
    void respond({ state, routes, closing: closing.signal }, request, response);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, host, resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;

  return {
    port,
    url: `http://${host}:${port}`,
    async close() {
      closing.abort();
      state.catalog.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

type Service = { state: AgentState; routes: readonly Route[]; closing: AbortSignal };

async function respond(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://agent');
    const route = service.routes.find(({ method, path }) => method === request.method && path.test(url.pathname));
    if (!route)
      throw new Refusal(
        service.routes.some(({ path }) => path.test(url.pathname)) ? 405 : 404,
        'Invalid URL path: not found',
      );
    const parts = (route.path.exec(url.pathname) ?? []).slice(1).map(decodeURIComponent);
    const question: Question = { parts, query: url.searchParams, body: await readBody(request) };
    const topics = route.topics?.(question);
    if (topics) await block(service, topics, question, response);
    if (response.destroyed) return;
    const index = service.state.changes.indexOf(topics ?? (() => true));
    send(response, index, answerOf(route, question));
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 500;
    if (!response.headersSent)
      send(
        response,
        service.state.changes.indexOf(() => true),
        { status, body: error instanceof Error ? error.message : '' },
      );
  }
}

function answerOf(route: Route, question: Question): Answer {
  try {
    return route.answer(question);
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: error.message };
    throw error;
  }
}

async function block(
  service: Service,
  topics: (topic: string) => boolean,
  { query }: Question,
  response: ServerResponse,
): Promise<void> {
  const index = Number(query.get('index') ?? 0);
  if (!Number.isSafeInteger(index) || index < 0) throw new Refusal(400, 'Invalid index');
  if (index === 0) return;
  const wait = query.get('wait');
  const waitMs = wait === null ? defaultWaitMs : parseDurationMs(wait);
  if (waitMs === null) throw new Refusal(400, 'Invalid wait time');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await service.state.changes.passed(topics, index, {
    waitMs: Math.min(waitMs === 0 ? defaultWaitMs : waitMs, longestWaitMs),
    signal: AbortSignal.any([gone.signal, service.closing]),
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBodyBytes) throw new Refusal(413, `Request body too large, max size: ${maxBodyBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, index: number, { status = 200, body }: Answer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'x-consul-index': index,
    'x-consul-knownleader': 'true',
    'x-consul-lastcontact': '0',
    'content-type':
      isText && !body.startsWith('"')
        ? 'text/plain; charset=utf-8'
        : Buffer.isBuffer(body)
          ? 'application/octet-stream'
          : 'application/json',
  });
  response.end(body === undefined ? '' : isText || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}
