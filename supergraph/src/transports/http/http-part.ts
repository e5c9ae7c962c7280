import { HeaderMap } from '@apollo/server';
import type { GraphQLRequest, HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyRequest } from 'fastify';

/** Adds to a GraphQL request what it was over HTTP; read when somebody looks at it, which few plugins do. */
export function withHttp(graphqlRequest: GraphQLRequest, request: FastifyRequest): GraphQLRequest {
  const settle = (value: HTTPGraphQLRequest | undefined) => {
    Object.defineProperty(graphqlRequest, 'http', { value, writable: true });
    return value;
  };
  return Object.defineProperty(graphqlRequest, 'http', {
    enumerable: true,
    configurable: true,
    get: () => settle(readHttp(request)),
    set: settle,
  });
}

function readHttp({ raw, url, body }: FastifyRequest): HTTPGraphQLRequest {
  const headers = Object.entries(raw.headers).flatMap(([name, value]) =>
    value ? [[name, [value].flat().join(', ')] as const] : [],
  );
  return {
    body,
    method: raw.method ?? 'POST',
    headers: new HeaderMap(headers),
    search: new URL(url, 'http://localhost').search,
  };
}
