import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { CodedError } from '../errors/coded-error.ts';
import { isUnavailable, tryAgain } from '../errors/unavailable.ts';

/** Told of each fault that a client must not see, to be logged. */
export type OnFault = (fault: unknown, where: { readonly path: GraphQLError['path'] }) => void;

/**
 * The errors of an execution as a client may see them: a CodedError with its code, message and extensions; GraphQL's own
 * complaints about the request as BAD_USER_INPUT; a server that is away or has no room, the database above all, as
 * SERVICE_UNAVAILABLE; everything else as INTERNAL_SERVER_ERROR. Of these two causes no word is said: they go to `onFault`.
 * Paths and locations stay.
 */
export function formatErrors(errors: readonly GraphQLError[], onFault: OnFault): GraphQLFormattedError[] {
  return errors.map((error) => formatError(error, onFault));
}

function formatError(error: GraphQLError, onFault: OnFault): GraphQLFormattedError {
  const place = {
    ...(error.locations ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
  };
  const fault = error.originalError;
  if (isCoded(fault) && fault.expose) {
    return { message: fault.message, ...place, extensions: { ...fault.extensions, code: fault.code } };
  }
  const said = describeRequestFault(error);
  if (said) return { message: said.message, ...place, extensions: said.extensions };
  onFault(fault ?? error, { path: error.path });
  if (isUnavailable(fault)) {
    const { message, code } = tryAgain(fault);
    return { message, ...place, extensions: { code } };
  }
  return { message: 'Internal server error', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

function isCoded(fault: unknown): fault is CodedError {
  return fault instanceof CodedError;
}

/**
 * graphql-js gives an error no path when the request itself is at fault (variables, operation), and points at the argument
 * when that is; at a field when a value could not be written, which is ours. A GraphQLError with a code was meant for
 * the client.
 */
function describeRequestFault(error: GraphQLError): { message: string; extensions: Record<string, unknown> } | null {
  const own = error.originalError instanceof GraphQLError ? error.originalError : error;
  if (typeof own.extensions.code === 'string') return { message: own.message, extensions: { ...own.extensions } };
  const isArgument =
    own.nodes !== undefined && own.nodes.length > 0 && own.nodes.every(({ kind }) => kind !== Kind.FIELD);
  const isRequest = error.path === undefined || (isArgument && !isForeign(error));
  return isRequest ? { message: own.message, extensions: { code: 'BAD_USER_INPUT' } } : null;
}

function isForeign(error: GraphQLError): boolean {
  return error.originalError !== undefined && !(error.originalError instanceof GraphQLError);
}
