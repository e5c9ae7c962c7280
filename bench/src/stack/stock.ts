/**
 * Apollo Server and @apollo/gateway over the real services, as their documentation starts them. What the documentation leaves
 * to whoever uses them is done as cheaply as can be: the caller is read from the access token without a look at its signature,
 * and the token that the services ask for is minted once per caller and service. Not for use: it lets anybody in.
 */
import { readFile } from 'node:fs/promises';
import { ApolloServer } from '@apollo/server';
import type { GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { startStandaloneServer } from '@apollo/server/standalone';
import { anonymous, type Caller, readCaller } from '@storefront/platform/identity/caller.ts';
import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { readSupergraph } from '@storefront/supergraph/src/composition/read-supergraph.ts';
import { decodeJwt, type JWK } from 'jose';

process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
const { ApolloGateway, RemoteGraphQLDataSource } = await import('@apollo/gateway');

interface Context {
  readonly caller?: Caller;
}

const read = (name: string) => process.env[name] ?? '';
const urls = JSON.parse(read('SUBGRAPHS')) as Record<string, string>;
const tokens = createInternalTokens({ signingKey: JSON.parse(read('INTERNAL_SIGNING_KEY')) as JWK, issuer: 'gateway' });

class ServiceSource extends RemoteGraphQLDataSource<Context> {
  readonly audience: string;

  constructor(audience: string) {
    super({ url: `${urls[audience]}/graphql` });
    this.audience = audience;
  }

  override async willSendRequest({ request, context }: GraphQLDataSourceProcessOptions<Context>): Promise<void> {
    const { audience } = this;
    const token = await tokens.mint({ audience, caller: context.caller ?? anonymous, purpose: 'query' });
    request.http?.headers.set('authorization', `Bearer ${token}`);
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: readSupergraph(await readFile(read('SUPERGRAPH_PATH'), 'utf8')).gatewaySdl,
  buildService: ({ name }) => new ServiceSource(name),
});
const server = new ApolloServer<Context>({ gateway });
await startStandaloneServer(server, {
  listen: { port: Number(read('PORT')), host: '127.0.0.1' },
  context: async ({ req }) => ({ caller: callerOf(req.headers.authorization) }),
});

function callerOf(authorization: string | undefined): Caller {
  if (!authorization?.startsWith('Bearer ')) return anonymous;
  const { sub, scope } = decodeJwt<{ scope?: string }>(authorization.slice(7));
  return readCaller(sub, scope ?? '');
}
