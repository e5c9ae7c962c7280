import { CodedError, describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { GraphQLError } from 'graphql';

/** How errors are told: with `showDetail` (development) the subgraph's name and the extensions it gave are kept. */
export interface ErrorTelling {
  readonly log: Log;
  readonly showDetail: boolean;
}

const internal = { message: 'Internal server error', code: 'INTERNAL_SERVER_ERROR' };

/**
 * Turns whatever went wrong into an error that a client may see: message, path and a stable code. What nobody foresaw is
 * masked and logged with its cause; no subgraph is named and no address shown unless `showDetail`.
 */
export function toPublicError(telling: ErrorTelling, fault: unknown): GraphQLError {
  if (fault instanceof CodedError && fault.expose) {
    return new GraphQLError(fault.message, { extensions: { ...fault.extensions, code: fault.code } });
  }
  if (!(fault instanceof GraphQLError)) return mask(telling, fault);
  const { extensions, message, path, nodes } = fault;
  if (typeof extensions['code'] !== 'string') return mask(telling, fault);
  const { stacktrace: _, exception: __, ...detail } = extensions;
  return new GraphQLError(message, {
    ...(path && path.length > 0 ? { path } : {}),
    ...(nodes && !('serviceName' in extensions) ? { nodes } : {}),
    extensions: telling.showDetail ? detail : { code: extensions['code'] },
  });
}

function mask({ log, showDetail }: ErrorTelling, fault: unknown): GraphQLError {
  log.error({ fault: describeFault(fault) }, 'an operation failed');
  return new GraphQLError(showDetail ? describeFault(fault) : internal.message, {
    extensions: { code: internal.code },
  });
}
