import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createSubgraphSchema } from '@storefront/platform/graphql/subgraph-schema.ts';
import { serveSubgraph } from '@storefront/platform/graphql/serve-subgraph.ts';
import { rule } from '@storefront/platform/graphql/shield.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { type Caller, hasScope, isUser } from '@storefront/platform/identity/caller.ts';
import { createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import { type DocumentNode, execute, parse, validate } from 'graphql';
import type { JSONWebKeySet } from 'jose';
import { createPersonLoader, expectedAnswer, type PeopleContext, resolvers, sdl } from './people.ts';

/** A server of the bench; resolves with its address. `keys` are those of the gateway. */
export interface SubgraphServer {
  readonly name: string;
  readonly title: string;
  serve(keys: JSONWebKeySet): Promise<string>;
}

const createContext = (): PeopleContext => ({ people: createPersonLoader() });

/** The servers, in the order of the table; the first answers without looking and is what the others are compared with. */
export const subgraphServers: readonly SubgraphServer[] = [
  { name: 'route', title: 'Fastify, a route that knows its answer', serve: serveRoute },
  { name: 'graphql-js', title: 'Fastify and graphql-js: loader, no guards', serve: serveGraphqlJs },
  { name: 'ours', title: 'platform/graphql: identity, shield, loader', serve: serveOurs },
  { name: 'apollo', title: 'Apollo Server 5 standalone: loader, no guards', serve: serveApollo },
];

async function serveRoute(): Promise<string> {
  const server = Fastify();
  const text = JSON.stringify(expectedAnswer);
  server.post('/graphql', async (_request, reply) => reply.type('application/json; charset=utf-8').send(text));
  return listenOn(server);
}

async function serveGraphqlJs(): Promise<string> {
  const server = Fastify();
  const schema = createSubgraphSchema({ sdl, resolvers });
  const known = new Map<string, DocumentNode>();
  server.post<{ Body: { query: string; variables: Record<string, unknown> } }>('/graphql', async (request, reply) => {
    const { query, variables } = request.body;
    const document = known.get(query) ?? parse(query);
    if (!known.has(query) && validate(schema, document).length > 0) return reply.code(400).send();
    known.set(query, document);
    const result = await execute({ schema, document, variableValues: variables, contextValue: createContext() });
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(result));
  });
  return listenOn(server);
}

interface GuardedContext extends PeopleContext {
  readonly caller: Caller;
}

async function serveOurs(keys: JSONWebKeySet): Promise<string> {
  const log = createLog({ service: 'bench', level: 'warn' });
  const server = createHttpServer({ log });
  const ownerOrReader = rule({ cache: 'no_cache' })(
    (user: { id: string }, _args: unknown, { caller }: GuardedContext) =>
      isUser(caller, user.id) || hasScope(caller, 'users:read'),
  );
  serveSubgraph<GuardedContext>(
    server,
    { log, verify: createInternalVerifier({ keys, audience: 'users' }) },
    {
      name: 'users',
      sdl,
      resolvers,
      permissions: { User: { email: ownerOrReader, loyaltyPoints: ownerOrReader } },
      createContext: ({ caller }) => ({ caller, people: createPersonLoader() }),
    },
  );
  return (await listen(server, { host: '127.0.0.1', port: 0 })).url;
}

async function serveApollo(): Promise<string> {
  const server = new ApolloServer<PeopleContext>({ schema: createSubgraphSchema({ sdl, resolvers }) });
  const listen = { port: 0, host: '127.0.0.1' };
  const { url } = await startStandaloneServer(server, { listen, context: async () => createContext() });
  return url.replace(/\/$/, '');
}

async function listenOn(server: FastifyInstance): Promise<string> {
  return server.listen({ host: '127.0.0.1', port: 0 });
}
