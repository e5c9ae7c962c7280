import { readFile } from 'node:fs/promises';
import { ApolloServer } from '@apollo/server';
import type { GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { startStandaloneServer } from '@apollo/server/standalone';

/** Apollo Server and @apollo/gateway as their documentation starts them, with the Authorization header handed on. */
process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
const { ApolloGateway, RemoteGraphQLDataSource } = await import('@apollo/gateway');

interface Context {
  readonly authorization?: string | undefined;
}

class HandOnAuthorization extends RemoteGraphQLDataSource<Context> {
  override willSendRequest({ request, context }: GraphQLDataSourceProcessOptions<Context>) {
    if (context.authorization) request.http?.headers.set('authorization', context.authorization);
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: await readFile(process.env['SUPERGRAPH_PATH'] ?? '', 'utf8'),
  buildService: ({ url }) => new HandOnAuthorization({ url }),
});
const server = new ApolloServer<Context>({ gateway });
await startStandaloneServer(server, {
  listen: { port: Number(process.env['PORT']), host: '127.0.0.1' },
  context: async ({ req }) => ({ authorization: req.headers.authorization }),
});
