import { buildSchema } from 'graphql';
import type { OperationRequest } from '../../../engine/engine.ts';
import { serveGraphql } from '../serve-graphql.ts';
import type { GraphqlOptions } from '../serve-graphql.ts';
import { createLocalGateway } from './local-gateway.ts';
import type { LocalGatewayOptions } from './local-gateway.ts';

/** A small graph. */
export const schema = buildSchema(`
  type Query { greeting(name: String): String, whoami: String, broken: String, wait: String, twice(of: Int!): Int }
  type Mutation { count: Int }
  type Subscription { ticks: Int }
`);
/** What answers for it. */
export const root = {
  greeting: ({ name }: { name?: string }) => `Hello ${name ?? 'you'}`,
  whoami: (_: unknown, { caller }: OperationRequest) => (caller.kind === 'user' ? caller.userId : 'nobody'),
  broken: () => {
    throw new Error('SELECT secret FROM vault');
  },
  wait: (_: unknown, { signal }: OperationRequest) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  twice: ({ of }: { of: number }) => 2 * of,
  count: () => 1,
};

/** GraphQL over HTTP on a local engine; `post` sends one operation. */
export async function startGraphql({
  isServing = true,
  plugins = [],
  shortWay = true,
  ...options
}: LocalGatewayOptions & Pick<GraphqlOptions, 'plugins' | 'shortWay'> & { isServing?: boolean } = {}) {
  const gateway = createLocalGateway(options);
  const shown = !options.isProduction;
  const graphql = await serveGraphql(gateway.server, gateway.deps, {
    introspection: shown,
    suggestions: shown,
    maxTokens: 1_000,
    plugins,
    shortWay,
  });
  if (isServing) gateway.engine.serve(schema, root);
  const { url } = await gateway.start();
  const post = (
    query: unknown,
    {
      headers = {},
      signal,
      variables,
    }: { headers?: Record<string, string>; signal?: AbortSignal; variables?: object } = {},
  ) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof query === 'string' ? JSON.stringify({ query, variables }) : String(query),
      ...(signal ? { signal } : {}),
    });
  const close = async () => {
    await graphql.close();
    await gateway.server.close();
  };
  return { ...gateway, url, post, close };
}
