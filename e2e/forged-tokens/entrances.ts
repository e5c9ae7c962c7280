import { type Agent, request as startRequest } from 'node:http';
import { routes } from '@storefront/supergraph/src/transports/rest/routes.ts';
import { WebSocket } from 'ws';
import type { StackAddresses } from '../testing/stack.ts';
import type { Forged } from './forged-tokens.ts';

/** What came of a request: over a websocket `status` is the code that it was closed with, 0 when it was let in. */
export interface Outcome {
  readonly status: number;
  readonly challenge?: string | undefined;
  readonly body: string;
}

/** A way into the graph. */
export interface Entrance {
  readonly name: string;
  readonly refusal: number;
  knock(authorization: Forged): Promise<Outcome>;
}

const query = '{ me { id email } }';
const subscription = 'subscription { orderCreated { cursor } }';
const json = { 'content-type': 'application/json' };
const sse = { accept: 'text/event-stream' };
const multipart = { accept: 'multipart/mixed;subscriptionSpec=1.0' };
const patienceMs = 15_000;

/** Every way into a gateway and, past it, into the subgraphs. `agent` keeps connections. */
export function entrancesOf({ gateway, services }: StackAddresses, agent: Agent): readonly Entrance[] {
  const http = (name: string, url: string, call: Call): Entrance => ({
    name,
    refusal: 401,
    knock: (authorization) => send(url, { ...call, headers: { ...call.headers, authorization } }, agent),
  });
  const post = (text: string, headers = {}): Call => ({
    method: 'POST',
    headers: { ...json, ...headers },
    body: JSON.stringify({ query: text }),
  });
  const asGet = (text: string) => `${gateway.graphql}?query=${encodeURIComponent(text)}`;
  const stream = `${gateway.http}/graphql/stream`;
  return [
    http('POST', gateway.graphql, post(query)),
    http('GET', asGet(query), { method: 'GET', headers: { 'apollo-require-preflight': '1' } }),
    http('POST, @defer', gateway.graphql, post(query, { accept: 'multipart/mixed;deferSpec=20220824' })),
    http('SSE, POST', gateway.graphql, post(subscription, sse)),
    http('SSE, GET', asGet(subscription), { method: 'GET', headers: sse }),
    http('SSE, a stream of its own', stream, post(query, sse)),
    http('SSE, shared: reserve', stream, { method: 'PUT', headers: {} }),
    http('SSE, shared: begin', stream, post(query, { 'x-graphql-event-stream-token': 'x' })),
    http('SSE, shared: read', stream, { method: 'GET', headers: { ...sse, 'x-graphql-event-stream-token': 'x' } }),
    http('SSE, shared: end', `${stream}?operationId=1`, {
      method: 'DELETE',
      headers: { 'x-graphql-event-stream-token': 'x' },
    }),
    http('multipart, subscription', gateway.graphql, post(subscription, multipart)),
    http('multipart, query', gateway.graphql, post(query, multipart)),
    { name: 'websocket, connection_init', refusal: 4403, knock: (given) => connect(gateway.websocket, { given }) },
    { name: 'websocket, header', refusal: 4403, knock: (given) => connect(gateway.websocket, { header: given }) },
    ...['/api', '/api/v1'].flatMap((prefix) =>
      routes.map(({ method, path }) => {
        const url = `${gateway.http}${prefix}${path.replaceAll(/:\w+/g, '1')}`;
        return http(
          `${method} ${prefix}${path}`,
          url,
          method === 'GET' ? { method, headers: {} } : { method, headers: json, body: '{}' },
        );
      }),
    ),
    ...Object.entries(services).flatMap(([name, url]) => [
      http(`${name}, past the gateway`, `${url}/graphql`, post('{ __typename }')),
      http(`${name}, batch`, `${url}/graphql/batch`, {
        method: 'POST',
        headers: json,
        body: '{"bodies":[],"requests":[]}',
      }),
    ]),
  ];
}

interface Call {
  readonly method: string;
  readonly headers: Readonly<Record<string, Forged>>;
  readonly body?: string;
}

/** fetch would make one header of two. */
function send(url: string, { method, headers, body }: Call, agent: Agent): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body ?? '')) }).map(
    ([name, value]) => [name, typeof value === 'string' ? value : [...value]] as const,
  );
  const request = startRequest(
    url,
    { method, headers: Object.fromEntries(lines), agent, timeout: patienceMs },
    (response) => {
      const { statusCode = 0 } = response;
      const challenge = response.headers['www-authenticate'];
      let text = '';
      const finish = () => resolve({ status: statusCode, challenge, body: text });
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', finish);
      if (response.headers['content-type']?.includes('event-stream')) finish();
    },
  );
  request.on('timeout', () => request.destroy(new Error(`${method} ${url} gave no answer`)));
  request.on('error', (cause) => reject(new Error(`${method} ${url}: ${cause.message}`, { cause })));
  request.end(body);
  return promise;
}

function connect(url: string, { given, header }: { given?: Forged; header?: Forged }): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const headers = header === undefined ? {} : { authorization: typeof header === 'string' ? header : [...header] };
  const socket = new WebSocket(url, 'graphql-transport-ws', { headers: headers as Record<string, string> });
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: given } })));
  socket.on('message', () => {
    resolve({ status: 0, body: '' });
    socket.close();
  });
  socket.on('close', (status, body) => resolve({ status, body: body.toString() }));
  socket.on('error', reject);
  return promise;
}
