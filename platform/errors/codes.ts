/** The stable codes that clients see, each with the HTTP status that fits it. A code is never renamed. */
export const statusByCode = Object.freeze({
  BAD_USER_INPUT: 400,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
});

/** One of the stable codes. */
export type ErrorCode = keyof typeof statusByCode;

/** The stable code for an HTTP status: the first that has it, else BAD_USER_INPUT below 500 and INTERNAL_SERVER_ERROR above. */
export function codeOfStatus(status: number): ErrorCode {
  const found = Object.entries(statusByCode).find(([, known]) => known === status);
  if (found) return found[0] as ErrorCode;
  return status < 500 ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR';
}

/** The HTTP status of a code; 500 for a code that is not one of the stable ones. */
export function statusOfCode(code: string): number {
  return Object.hasOwn(statusByCode, code) ? statusByCode[code as ErrorCode] : 500;
}
