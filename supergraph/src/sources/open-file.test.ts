import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openScope } from '@storefront/platform/process/scope.ts';
import { graphql, parse } from 'graphql';
import { readGatewayConfig } from '../config.ts';
import { startGateway } from '../start-gateway.ts';

const log = createLog({ service: 'test', level: 'silent' });
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Foreign {
  readonly name: string;
  readonly sdl: string;
  readonly resolvers: Record<string, Record<string, unknown>>;
}

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@authenticated"])';
const books: Foreign = {
  name: 'books',
  sdl: 'type Query { book: Book, secret: String @authenticated } type Book @key(fields: "isbn") { isbn: ID! title: String! }',
  resolvers: { Query: { book: () => ({ isbn: '1', title: 'Emma' }), secret: () => 'kept' } },
};
const loans: Foreign = {
  name: 'loans',
  sdl: 'type Book @key(fields: "isbn") { isbn: ID! borrower: String }',
  resolvers: {
    Book: {
      __resolveReference: (book: object) => book,
      borrower: (_book: object, _args: object, headers: Record<string, string>) => headers['authorization'] ?? 'nobody',
    },
  },
};

/** A subgraph that knows nothing of this house: it takes whatever comes at /api. */
async function serveForeign({ name, sdl, resolvers }: Foreign) {
  const typeDefs = parse(link + sdl);
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]);
  const server = createHttpServer({ log });
  server.post('/api', async ({ body, headers }) => {
    const { query, variables } = body as { query: string; variables: Record<string, unknown> };
    return graphql({ schema, source: query, variableValues: variables, contextValue: headers });
  });
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 });
  closers.push(() => server.close());
  return { name, url: `${url}/api`, typeDefs };
}

async function start(environment: Record<string, string>) {
  const scope = openScope('gateway', log);
  closers.push(() => scope.close());
  return startGateway(readGatewayConfig({ PORT: '0', ...environment }), scope);
}

/** The gateway on a file that was composed of both subgraphs. */
async function startOnFile(environment: Record<string, string> = {}) {
  const { supergraphSdl = '' } = composeServices(await Promise.all([books, loans].map(serveForeign)));
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
  closers.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'supergraph.graphql');
  await writeFile(path, supergraphSdl);
  const { url } = await start({ SUPERGRAPH_PATH: path, ...environment });
  const post = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
  return { url, post };
}

describe('the gateway on a supergraph file', () => {
  it('serves the graph without Consul, Redis and RabbitMQ, and is ready', async () => {
    const { url, post } = await startOnFile();

    const answer = await post('{ book { title borrower } }');
    const ready = await fetch(`${url}/ready`);

    await expect(answer.json()).resolves.toEqual({ data: { book: { title: 'Emma', borrower: 'nobody' } } });
    expect(answer.headers.get('ratelimit-policy')).toContain('q=2000');
    expect(ready.status).toBe(200);
  });

  it('hands the Authorization header on as it came, each caller their own, when AUTH is off', async () => {
    const { post } = await startOnFile({ AUTH: 'off' });

    const answers = await Promise.all(
      ['Bearer x', 'Basic eTp6'].map(async (authorization) => post('{ book { borrower } }', { authorization })),
    );

    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(bodies).toEqual([
      { data: { book: { borrower: 'Bearer x' } } },
      { data: { book: { borrower: 'Basic eTp6' } } },
    ]);
  });

  it('takes nobody for signed in when AUTH is off', async () => {
    const { post } = await startOnFile({ AUTH: 'off' });

    const answer = await post('{ secret }', { authorization: 'Bearer x' });

    await expect(answer.json()).resolves.toMatchObject({
      data: { secret: null },
      errors: [{ extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }],
    });
  });

  it('refuses tokens that it cannot check', async () => {
    const { post } = await startOnFile();

    const answer = await post('{ book { title } }', { authorization: 'Bearer x' });

    expect(answer.status).toBe(503);
  });

  it('keeps limits in this process, and none when LIMITS is off', async () => {
    const limited = await startOnFile({ RATE_LIMIT_BURST: '1', RATE_LIMIT_PER_MINUTE: '1', LIMIT_DEPTH: '1' });
    const free = await startOnFile({ LIMITS: 'off', LIMIT_DEPTH: '1', LIMIT_TOKENS: '3', RATE_LIMIT_BURST: '1' });

    const deep = await limited.post('{ book { title } }');
    const second = await limited.post('{ __typename }');
    const freely = await Promise.all(Array.from({ length: 5 }, () => free.post('{ book { title } }')));

    expect(deep.status).toBe(400);
    expect(second.status).toBe(429);
    expect(freely.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(freely[0]?.headers.has('ratelimit')).toBe(false);
  });

  it('says what is wrong with a file that is no supergraph', async () => {
    await expect(start({ SUPERGRAPH_PATH: 'nowhere.graphql' })).rejects.toMatchObject({
      code: 'SUPERGRAPH_UNREADABLE',
      message: expect.stringContaining('nowhere.graphql'),
    });
  });
});
