import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { startMemoryGraph } from '../../../engine/testing/memory-graph.ts';
import { createAdmit } from '../../../guards/admit.ts';
import { createDocuments } from '../../../guards/documents.ts';
import { defaultDocumentLimits } from '../../../guards/limits.ts';
import { serveEventStream } from '../../event-stream/serve-event-stream.ts';
import { setSecurityHeaders } from '../../http/security-headers.ts';
import { serveGraphql } from '../../http/serve-graphql.ts';
import { serveMultipartSubscriptions } from '../../multipart/serve-subscriptions.ts';
import { routes } from '../../rest/routes.ts';
import { serveRest } from '../../rest/serve-rest.ts';
import { openLiveGateway } from '../../testing/live-gateway.ts';
import { serveWebsocket } from '../../websocket/serve-websocket.ts';
import type { HostileRequest } from './hostile-requests.ts';

/** A gateway to be attacked. */
export type HostileGateway = Awaited<ReturnType<typeof startHostileGateway>>;

/** Every transport as it stands in production, over the graph of the house, whose subgraphs have nothing to tell. Logs everything. */
export async function startHostileGateway() {
  const subgraphs = ['users', 'products', 'orders'].map((name) => ({
    name,
    sdl: readFileSync(new URL(`../../../../../schema/${name}.graphql`, import.meta.url), 'utf8'),
    resolvers: {},
  }));
  const graph = await startMemoryGraph(subgraphs, { cost: { maximum: 1_000 } });
  const gateway = await openLiveGateway({ executing: graph.engine, logLevel: 'trace' });
  const { server } = gateway;
  const documents = createDocuments({ limits: defaultDocumentLimits, introspection: false, suggestions: false });
  const admit = createAdmit({ engine: graph.engine, documents, limiter: gateway.deps.limiter });
  const deps = { ...gateway.deps, documents, admit };
  setSecurityHeaders(server, { isProduction: true });
  serveEventStream(server, deps, { maxOperations: 3 });
  serveMultipartSubscriptions(server, deps);
  const graphql = await serveGraphql(server, deps, { introspection: false, suggestions: false, maxTokens: 1_000 });
  serveRest(server, deps, routes);
  const websocket = serveWebsocket(server.server, deps, { closeWithinMs: 0 });
  const address = new URL((await gateway.start()).url);
  return {
    address,
    /** What the subgraphs were asked. */
    asked: graph.asked,
    logged: gateway.logged,
    async close() {
      await websocket.close();
      await gateway.close();
      await graphql.close();
      await graph.close();
    },
  };
}

/** Sends what `fetch` would not. */
export async function sendRaw(
  address: URL,
  { method = 'GET', path = '/graphql', headers = {}, body }: Partial<HostileRequest>,
) {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const { hostname: host, port } = address;
  const sent = request({ host, port, method, path, headers: { ...headers, ...length }, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), headers: response.headers };
}
