import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hashSdl } from '@storefront/supergraph/src/composition/fetch-sdl.ts';

/** One GraphQL request as a subgraph sees it. */
export interface Asked {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What an instance answers: a status and a body. */
export type Answer = (asked: Asked) => Promise<{ readonly status: number; readonly body: object }>;

/** An instance of a subgraph of the scenario's own, in the catalogue. */
export interface OwnInstance {
  /** Leaves the catalogue. */
  leave(): Promise<void>;
  /** Leaves, and ends. It can be done twice. */
  close(): Promise<void>;
}

/** What an instance serves. */
export interface OwnSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly answer: Answer;
}

/** Serves one more instance and registers it with Consul. */
export async function serveInstance(consul: string, { name, sdl, answer }: OwnSubgraph): Promise<OwnInstance> {
  const server = createServer((request, response) => void serve(request, response, { sdl, answer }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const id = `${name}-${port}`;
  const put = async (path: string, body?: object) => {
    const response = await fetch(`${consul}/v1/agent/service/${path}`, {
      method: 'PUT',
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`Consul answered ${response.status} for ${path}`);
  };
  const meta = { sdlHash: hashSdl(sdl), graphqlPath: '/graphql' };
  await put('register', { ID: id, Name: name, Address: '127.0.0.1', Port: port, Tags: ['subgraph'], Meta: meta });
  const leave = () => put(`deregister/${id}`);
  return {
    leave,
    async close() {
      await leave().catch(() => undefined); // it has left already
      server.close();
      server.closeAllConnections();
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { sdl, answer }: Omit<OwnSubgraph, 'name'>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const { query = '', variables } = (text === '' ? {} : JSON.parse(text)) as Partial<Asked>;
  const isOwn = !query.includes('_service') && text !== '';
  const { status, body } = isOwn
    ? await answer({ query, variables: variables ?? {} })
    : { status: 200, body: { data: { _service: { sdl } } } };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
