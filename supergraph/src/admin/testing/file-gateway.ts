import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openScope } from '@storefront/platform/process/scope.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { graphql, parse } from 'graphql';
import { readGatewayConfig } from '../../config.ts';
import { type StartedGateway, startGateway } from '../../start-gateway.ts';

const log = createLog({ service: 'test', level: 'silent' });
const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@authenticated"])';

/** What a test wants to have closed at its end, last first. */
export type Closers = (() => Promise<unknown>)[];

const subgraphs = [
  {
    name: 'books',
    sdl: 'type Query { book: Book fault: String secret: String @authenticated } type Mutation { lend: String } type Book @key(fields: "isbn") { isbn: ID! title: String }',
    resolvers: {
      Query: {
        book: () => ({ isbn: '1', title: 'Emma' }),
        fault: () => Promise.reject(new Error('broken')),
        secret: () => 'kept',
      },
      Mutation: { lend: () => 'lent' },
    },
  },
  {
    name: 'loans',
    sdl: 'type Book @key(fields: "isbn") { isbn: ID! borrower: String }',
    resolvers: { Book: { __resolveReference: (book: object) => book, borrower: () => 'Ada' } },
  },
];

async function serve({ name, sdl, resolvers }: (typeof subgraphs)[number], closers: Closers) {
  const typeDefs = parse(link + sdl);
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]);
  const server = createHttpServer({ log });
  server.post('/graphql', ({ body }) => {
    const { query, variables } = body as { query: string; variables: Record<string, unknown> };
    return graphql({ schema, source: query, variableValues: variables });
  });
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 });
  closers.push(() => server.close());
  return { name, url: `${url}/graphql`, typeDefs };
}

/** A gateway over two subgraphs, `books` and `loans`, that serves. */
export async function startFileGateway(closers: Closers, environment: Record<string, string>): Promise<StartedGateway> {
  const { supergraphSdl = '' } = composeServices(await Promise.all(subgraphs.map((one) => serve(one, closers))));
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
  closers.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'supergraph.graphql');
  await writeFile(path, supergraphSdl);
  const scope = openScope('gateway', log);
  closers.push(() => scope.close());
  const gateway = await startGateway(readGatewayConfig({ PORT: '0', SUPERGRAPH_PATH: path, ...environment }), scope);
  await until(async () => (await fetch(`${gateway.url}/ready`)).ok);
  return gateway;
}

/** Posts JSON. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}
