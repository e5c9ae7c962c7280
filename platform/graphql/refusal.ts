import type { GraphQLFormattedError } from 'graphql';
import { codeOfStatus } from '../errors/codes.ts';
import { CodedError } from '../errors/coded-error.ts';
import type { Log } from '../log/log.ts';

/** The body of an answer. Source: graphql.github.io/graphql-over-http section 6 */
export interface Answer {
  readonly errors?: readonly GraphQLFormattedError[];
  readonly data?: unknown;
}

/** What a 401 must say: which kind of token is wanted. Source: RFC 9110 section 15.5.2 */
export const challenge = 'Bearer realm="storefront services"';

/** The document cannot be executed; the errors are GraphQL's own. */
export class Refused extends Error {
  readonly errors: readonly GraphQLFormattedError[];

  constructor(errors: readonly GraphQLFormattedError[]) {
    super('the document was refused');
    this.errors = errors;
  }
}

/** The HTTP status and body for a request that was not executed; what nobody foresaw is logged and not shown. */
export function describeRefusal(error: Error, log: Log): [status: number, answer: Answer] {
  if (error instanceof Refused) return [400, { errors: error.errors }];
  if (error instanceof CodedError && error.expose) {
    const extensions = { ...error.extensions, code: error.code };
    return [error.httpStatus, { errors: [{ message: error.message, extensions }] }];
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status < 500)
    return [status, { errors: [{ message: error.message, extensions: { code: codeOfStatus(status) } }] }];
  log.error({ err: error }, 'a request failed');
  return [500, { errors: [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }];
}
