import { CodedError } from './coded-error.ts';
import { codeOf, isError } from './is-error.ts';

const AWAY_CODES: ReadonlySet<string | undefined> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  '53300', // too many connections
  '57P01', // the administrator ends the session, or the server
  '57P02', // another session crashed
  '57P03', // the server starts or stops
  '25P03', // the session idled in its transaction for too long, as it does when this process stood still
]);

/** What pg says of a connection that broke, or of a pool that had none to give; it has no codes for them. */
const AWAY_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** What a client is told of it: nothing happened as far as is known, and when to ask again. */
export function tryAgain(cause: unknown): CodedError {
  return new CodedError('SERVICE_UNAVAILABLE', 'This is not available right now. Try again in a moment.', { cause });
}

/** In how many seconds a client should ask again. Source: RFC 9110 section 10.2.3 */
export const RETRY_AFTER_SECONDS = 1;

/**
 * Whether a fault, or one of its causes, says that a server which this work needs is away or has no room: the same may
 * work in a moment. Knows CodedErrors of status 503, system errors and SQLSTATE.
 * Source: postgresql.org/docs/current/errcodes-appendix.html
 */
export function isUnavailable(fault: unknown): boolean {
  let current = fault;
  for (let depth = 0; depth < 8 && isError(current); depth += 1, current = current.cause) {
    if (current instanceof CodedError && current.httpStatus === 503) return true;
    const code = codeOf(current);
    if (AWAY_CODES.has(code) || code?.startsWith('08') || AWAY_MESSAGES.test(current.message)) return true;
  }
  return false;
}
