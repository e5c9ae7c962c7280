import { HeaderMap } from '@apollo/server';
import type { HTTPGraphQLHead } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError, Kind } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';

/** Errors as clients see them, and the status and headers that they ask for. */
export interface FormattedErrors {
  readonly formatted: GraphQLFormattedError[];
  readonly head: HTTPGraphQLHead;
}

/** Writes errors as Apollo Server does: each with a code, `extensions.http` taken out and applied to the answer. */
export function formatErrors(errors: readonly GraphQLError[]): FormattedErrors {
  const head: HTTPGraphQLHead = { status: undefined, headers: new HeaderMap() };
  const formatted = errors.map((error) => {
    const { http, ...extensions } = error.extensions;
    if (!isHead(http)) return withExtensions(error, error.extensions);
    applyHead(head, http);
    return withExtensions(error, extensions);
  });
  return { formatted, head };
}

/** Sets the status and the headers of `source` where it has any. */
export function applyHead(target: HTTPGraphQLHead, source: Partial<HTTPGraphQLHead>): void {
  if (source.status) target.status = source.status;
  for (const [name, value] of source.headers ?? []) target.headers.set(name, value);
}

/** An error that says BAD_USER_INPUT when it is about a variable's value and has no code of its own. */
export function nameInputError(error: GraphQLError): GraphQLError {
  const [node, ...others] = error.nodes ?? [];
  if (node?.kind !== Kind.VARIABLE_DEFINITION || others.length > 0) return error;
  const variable = `Variable "$${node.variable.name.value}"`;
  const isAboutValue = ['has invalid value', 'got invalid value ', 'of required type ', 'of non-null type '].some(
    (text) => error.message.startsWith(`${variable} ${text}`),
  );
  if (!isAboutValue || (error.extensions['code'] ?? null) !== null) return error;
  const { message, nodes, extensions } = error;
  const named = new GraphQLError(message, {
    nodes,
    originalError: error.originalError ?? error,
    extensions: { ...extensions, code: ApolloServerErrorCode.BAD_USER_INPUT },
  });
  named.name = 'UserInputError';
  return named;
}

/** Whatever was thrown, as an error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new GraphQLError(`Unexpected error value: ${String(thrown)}`);
}

/** Whatever was thrown, as an error of GraphQL. */
export function toGraphQLError(thrown: unknown): GraphQLError {
  const error = toError(thrown);
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error });
}

function withExtensions(error: GraphQLError, extensions: Readonly<Record<string, unknown>>): GraphQLFormattedError {
  const code = extensions['code'] ?? ApolloServerErrorCode.INTERNAL_SERVER_ERROR;
  return { ...error.toJSON(), extensions: { ...extensions, code } };
}

function isHead(value: unknown): value is Partial<HTTPGraphQLHead> {
  if (typeof value !== 'object' || value === null) return false;
  const { status, headers } = value as Record<string, unknown>;
  return (!('status' in value) || typeof status === 'number') && (!('headers' in value) || headers instanceof Map);
}
