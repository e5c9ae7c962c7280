import { CodedError } from '@storefront/platform/errors/coded-error.ts';

/** The fault of a subgraph that took too long. */
export function late(cause?: unknown): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', 'A part of the graph did not answer in time', { cause });
}

/** The fault of a subgraph that cannot be asked, or gave no answer. */
export function unavailable(cause: unknown): CodedError {
  return new CodedError('SUBGRAPH_UNAVAILABLE', 'A part of the graph cannot answer at the moment', {
    httpStatus: 503,
    cause,
  });
}
