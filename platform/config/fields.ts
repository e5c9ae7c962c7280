import type { JSONWebKeySet, JWK } from 'jose';
import { z } from 'zod';

/** A TCP port, 0 (the system picks one) to 65535. */
export function port(defaultPort: number) {
  return anyPort().default(defaultPort);
}

/** A TCP port like the others, for what is not listened for unless it is given. */
export function optionalPort() {
  return anyPort().optional();
}

/** A host name or an IP address, without scheme and port. */
export function host() {
  return z.string().regex(/^[A-Za-z0-9._:-]+$/, 'must be a host name or an IP address');
}

/** A URL with one of the protocols, written without the colon: `url('postgres', 'postgresql')`. */
export function url(...protocols: string[]) {
  const text = `must be a URL that begins with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`;
  return z.string().refine((value) => {
    const parsed = URL.parse(value);
    return parsed !== null && protocols.includes(parsed.protocol.slice(0, -1)) && parsed.host !== '';
  }, text);
}

/** `true` or `false`; `1` and `0` mean the same. */
export function flag(defaultValue: boolean) {
  return z
    .string()
    .regex(/^(true|false|1|0)$/, 'must be true or false')
    .transform((value) => value === 'true' || value === '1')
    .default(defaultValue);
}

/** A length of time in whole milliseconds, 0 to one day. */
export function milliseconds(defaultMs: number) {
  return wholeNumber(0, 86_400_000, 'must be whole milliseconds, 0 to 86400000').default(defaultMs);
}

/** A whole number, 0 to one billion. */
export function count(defaultCount: number) {
  return wholeNumber(0, 1_000_000_000, 'must be a whole number, 0 to 1000000000').default(defaultCount);
}

/** One private Ed25519 key with a `kid`, as JSON. Source: RFC 7517, RFC 8037 */
export function jsonWebKey() {
  return json('must be a private Ed25519 JSON Web Key with a kid', isPrivateKey);
}

/** A set of Ed25519 keys, each with a `kid`, at least one, as JSON. Source: RFC 7517 section 5 */
export function jsonWebKeySet() {
  return json('must be a JSON Web Key Set of Ed25519 keys, each with a kid', isKeySet);
}

function anyPort() {
  return wholeNumber(0, 65_535, 'must be a port, 0 to 65535');
}

function wholeNumber(min: number, max: number, text: string) {
  return z
    .string()
    .regex(/^\d{1,10}$/, text)
    .transform(Number)
    .refine((value) => value >= min && value <= max, text);
}

function json<T>(text: string, isRight: (value: unknown) => value is T) {
  return z.string().transform((value, context): T => {
    const parsed = parseJson(value);
    if (isRight(parsed)) return parsed;
    context.addIssue({ code: 'custom', message: text });
    return z.NEVER;
  });
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function isKey(value: unknown): value is JWK & { kid: string } {
  const shape = z.object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: z.string().min(1),
    kid: z.string().min(1),
  });
  return shape.safeParse(value).success;
}

function isPrivateKey(value: unknown): value is JWK & { kid: string; d: string } {
  return isKey(value) && typeof value.d === 'string' && value.d !== '';
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  const shape = z.object({ keys: z.array(z.unknown()).min(1) }).safeParse(value);
  return shape.success && shape.data.keys.every(isKey);
}
