import { isError } from '../errors/is-error.ts';

/** What stands in the place of a secret. */
export const hidden = '[redacted]';
const maxDepth = 6;
const maxItems = 100;

/** Names whose values are secret or personal, compared in lower case without `-` and `_`. */
const secretNames = new Set(
  [
    'authorization proxyauthorization cookie setcookie apikey consultoken xconsultoken',
    'password passwordhash newpassword currentpassword secret clientsecret email',
    'token accesstoken refreshtoken idtoken signingkey privatekey',
  ].flatMap((names) => names.split(' ')),
);

const urlCredentials = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'\\]*@/gi;
const bearer = /\b(bearer|basic)\s+[\w.~+/=-]+/gi;
const jsonWebToken = /\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*/g;
const emailAddress = /[\w.%+-]+@[\w-]+(?:\.[\w-]+)+/g;
const secretMember =
  /"((?:proxy-?)?authorization|(?:set-?)?cookie|password|(?:access|refresh)?[-_]?token|e-?mail)":"(?:[^"\\]|\\.)*"/gi;

/** A copy of a log entry without secrets: plain data, errors as objects, at most six levels deep. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? '[function]' : value;
  if (isError(value)) return describeError(value, depth);
  if (value instanceof Date) return value;
  if (depth >= maxDepth) return '[too deep]';
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => redact(item, depth + 1));
  if (value instanceof URL) return value.href;
  if (value instanceof Set || value instanceof Map) return redact([...value], depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return redactMembers(value, depth);
}

/** Takes secrets out of finished text: credentials in URLs, bearer tokens, JSON Web Tokens, e-mail addresses. */
export function scrubLine(line: string): string {
  const scrubbed = line
    .replace(secretMember, (_, name: string) => `"${name}":"${hidden}"`)
    .replace(bearer, `$1 ${hidden}`)
    .replace(jsonWebToken, hidden);
  // Most lines have no @, and these two patterns are the slow ones.
  if (!scrubbed.includes('@')) return scrubbed;
  return scrubbed.replace(urlCredentials, `$1${hidden}@`).replace(emailAddress, hidden);
}

function redactMembers(value: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    copy[name] = isSecret(name) && member !== undefined && member !== null ? hidden : redact(member, depth + 1);
  }
  return copy;
}

/** Whether what has this name is secret or personal. */
export function isSecret(name: string): boolean {
  return secretNames.has(/^[a-z]+$/.test(name) ? name : name.toLowerCase().replaceAll(/[-_]/g, ''));
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const foreseen = 'httpStatus' in error || error.name === 'ConfigError';
  const described: Record<string, unknown> = { type: error.name, message: error.message };
  if ('code' in error && (typeof error.code === 'string' || typeof error.code === 'number'))
    described.code = error.code;
  if (!foreseen && depth <= 1 && error.stack) described.stack = error.stack;
  if (depth >= maxDepth) return described;
  if (error.cause !== undefined) described.cause = redact(error.cause, depth + 1);
  if ('errors' in error) described.errors = redact(error.errors, depth + 1);
  return described;
}
