import { afterEach, describe, expect, it } from '@jest/globals';
import { batchPath, shareInBatch } from '@storefront/platform/graphql/batches.ts';
import { batchById } from '@storefront/platform/graphql/batch.ts';
import { serveSubgraph, type SubgraphRequest } from '@storefront/platform/graphql/serve-subgraph.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { isUser, readCaller } from '@storefront/platform/identity/caller.ts';
import { createInternalTokens, createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { rule } from '@storefront/platform/graphql/shield.ts';
import { sendTogether } from './batches.ts';
import { createSubgraphClient, type SubgraphSend } from './client.ts';

const sdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type User @key(fields: "id") { id: ID! email: String }
  type Query { user(id: ID!): User }
`;
const log = createLog({ service: 'test', level: 'silent' });
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A real subgraph in which everybody sees their own e-mail address alone, and the gateway's client for it. */
async function start({ takesBatches = true } = {}) {
  const key = await generateSigningKey('gateway');
  const loads: (readonly string[])[] = [];
  const paths: string[] = [];
  const server = createHttpServer({ log });
  server.addHook('onRequest', async ({ url }) => void paths.push(url));
  const loaderOf = shareInBatch(() =>
    batchById(async (ids: readonly string[]) => {
      loads.push(ids);
      return new Map(ids.map((id) => [id, { id, email: `${id}@example.com` }]));
    }),
  );
  const isSelf = rule()((user: { id: string }, _args: unknown, { caller }: SubgraphRequest) => isUser(caller, user.id));
  serveSubgraph(
    server,
    { log, verify: createInternalVerifier({ keys: publicKeySet([key]), audience: 'users' }) },
    {
      name: 'users',
      sdl,
      resolvers: {
        Query: {
          user: (_: unknown, { id }: { id: string }, context: { user: ReturnType<typeof loaderOf> }) =>
            context.user.load(id),
        },
      },
      permissions: { User: { email: isSelf } },
      createContext: (request) => ({ ...request, user: loaderOf(request) }),
    },
  );
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  closers.push(() => server.close());
  const meta = { graphqlPath: '/graphql', ...(takesBatches ? { batchPath } : {}) };
  const instance = { id: 'users-1', name: 'users', address: '127.0.0.1', port, meta, tags: [] };
  const instances = {
    current: new Map([['users', [instance]]]),
    onChange: (listener: (name: string, found: (typeof instance)[]) => void) => {
      listener('users', [instance]);
      return () => undefined;
    },
    close: () => undefined,
  };
  const tokens = createInternalTokens({ signingKey: key, issuer: 'gateway' });
  const client = sendTogether(createSubgraphClient({ instances, tokens, log } as never));
  closers.push(() => client.close());
  return { client, loads, paths, tokens, url: `http://127.0.0.1:${port}${batchPath}` };
}

const ask = (userId: string, id = '1', mayBatch = true): SubgraphSend => ({
  subgraph: 'users',
  body: JSON.stringify({ query: `{ user(id: "${id}") { id email } }` }),
  caller: readCaller(userId, ''),
  purpose: 'query',
  signal: new AbortController().signal,
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  deadlineMs: 5_000,
  isMutation: false,
  mayBatch,
});

describe('requests of many callers to one subgraph', () => {
  it('go as one, load once, and each is answered for its own caller alone', async () => {
    const { client, loads, paths } = await start();

    const answers = await Promise.all(['1', '2', '3'].map((userId) => client.send(ask(userId))));

    expect(answers.map(({ json }) => json)).toEqual([
      { data: { user: { id: '1', email: '1@example.com' } } },
      { data: { user: { id: '1', email: null } }, errors: [expect.objectContaining({ path: ['user', 'email'] })] },
      { data: { user: { id: '1', email: null } }, errors: [expect.objectContaining({ path: ['user', 'email'] })] },
    ]);
    expect(loads).toEqual([['1']]);
    expect(paths).toEqual([batchPath]);
  });

  it('go in hundreds', async () => {
    const { client, paths } = await start();

    const answers = await Promise.all(Array.from({ length: 250 }, (_, index) => client.send(ask(String(index)))));

    expect(answers).toHaveLength(250);
    expect(paths).toEqual([batchPath, batchPath, batchPath]);
  });

  it('go alone to a subgraph that takes no batches, when there is one, or when they may not', async () => {
    const { client, paths } = await start({ takesBatches: false });
    const other = await start();

    await Promise.all([client.send(ask('1')), client.send(ask('2'))]);
    await other.client.send(ask('1'));
    await Promise.all([other.client.send(ask('1', '1', false)), other.client.send(ask('2', '1', false))]);

    expect(paths).toEqual(['/graphql', '/graphql']);
    expect(other.paths).toEqual(['/graphql', '/graphql', '/graphql']);
  });

  it('are judged one by one: a token that does not hold spoils its own request alone, and strangers get nothing', async () => {
    const { tokens, url } = await start();
    const good = `Bearer ${await tokens.mint({ audience: 'users', caller: readCaller('1', ''), purpose: 'query' })}`;
    const foreign = `Bearer ${await tokens.mint({ audience: 'orders', caller: readCaller('1', ''), purpose: 'query' })}`;
    const post = (authorization: string, body: object) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify(body),
      });
    const bodies = [{ query: '{ user(id: "1") { email } }' }];

    const mixed = await post(good, {
      bodies,
      requests: [
        [good, 0],
        [foreign, 0],
        ['', 0],
      ],
    });
    const stranger = await post(foreign, { bodies, requests: [[good, 0]] });
    const tooMany = await post(good, { bodies, requests: Array.from({ length: 101 }, () => [good, 0]) });
    const wrong = await post(good, { bodies, requests: [[good, 1]] });

    const { answers } = (await mixed.json()) as { answers: [number, object][] };
    expect(answers.map(([status]) => status)).toEqual([200, 401, 401]);
    expect([stranger.status, tooMany.status, wrong.status]).toEqual([401, 400, 400]);
  });
});
