import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { type Caller, readCaller } from './caller.ts';

/** Finds the public key for a token's header: `createLocalJWKSet`, or one that fetches. */
export type KeyResolver = JWTVerifyGetKey;

/** Who an access token stands for and until when, or why it is refused. */
export type AccessTokenVerdict = VerifiedAccessToken | { refused: 'expired' | 'invalid' };

/** A good access token: who it stands for, until when, the key (`kid`) that signed it, and (`sid`) the session that it belongs to. */
export interface VerifiedAccessToken {
  readonly caller: Caller;
  readonly expiresAt: Date;
  readonly keyId?: string;
  readonly sessionId?: string;
}

/** Judges an access token (the text after `Bearer `). Never throws because of the token; @throws when the keys cannot be had. */
export type VerifyAccessToken = (token: string) => Promise<AccessTokenVerdict>;

/** The `typ` of access tokens. Source: RFC 9068 section 2.1 */
export const accessTokenType = 'at+jwt';

const leewaySeconds = 5;
const maxTokenLength = 4096;

/** What a verifier accepts. */
export interface AccessTokenRules {
  readonly keys: KeyResolver;
  readonly issuer: string;
  readonly audience: string;
  /** The claims that must be there. Default: all that our own tokens have. */
  readonly requiredClaims?: readonly string[];
  /** From `iat` to `exp`. Longer than that a revocation is not remembered. Default 15 min. */
  readonly maxLifetimeSeconds?: number;
}

/** The claims of our own tokens that a verifier judges by. */
const ownClaims = ['iss', 'aud', 'sub', 'exp', 'nbf', 'iat', 'scope'] as const;

/**
 * Verifies access tokens: EdDSA alone, `typ` at+jwt, a `kid` that is published, issuer and audience as given, 5 s of leeway for
 * clocks. A header that brings or names a key of its own, or that changes how the rest is read, is refused, and so is a name that
 * stands twice. Source: RFC 9068 section 4, RFC 8725, RFC 7519 section 4
 */
export function createAccessTokenVerifier(given: AccessTokenRules): VerifyAccessToken {
  const { keys, issuer, audience, requiredClaims = ownClaims, maxLifetimeSeconds = 15 * 60 } = given;
  const rules = {
    algorithms: ['EdDSA'],
    typ: accessTokenType,
    issuer,
    audience,
    clockTolerance: leewaySeconds,
    requiredClaims: [...requiredClaims],
    maxTokenAge: maxLifetimeSeconds,
  };
  return async (token) => {
    if (!isPlainToken(token)) return { refused: 'invalid' };
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, rules);
      const { sub, exp, iat, scope, sid } = claims.parse(payload);
      if (exp - iat > maxLifetimeSeconds) return { refused: 'invalid' };
      const { kid } = protectedHeader;
      const origin = { ...(kid === undefined ? {} : { keyId: kid }), ...(sid === undefined ? {} : { sessionId: sid }) };
      return { caller: readCaller(sub, scope, sid), expiresAt: new Date(exp * 1000), ...origin };
    } catch (fault) {
      if (fault instanceof errors.JWTExpired) return { refused: 'expired' };
      if (isAboutToken(fault)) return { refused: 'invalid' };
      throw fault;
    }
  };
}

const instant = z.number().int().nonnegative();
const claims = z.object({
  sub: z.string().min(1).max(64),
  exp: instant,
  nbf: instant.optional(),
  iat: instant,
  scope: z.string().default(''),
  sid: z.string().optional(),
});

/** A header may say more than this, but nothing that a careless verifier would follow. */
const header = z.looseObject({
  alg: z.literal('EdDSA'),
  kid: z.string().min(1).max(128),
  jwk: z.never().optional(),
  jku: z.never().optional(),
  x5u: z.never().optional(),
  x5c: z.never().optional(),
  crit: z.never().optional(),
  b64: z.never().optional(),
});

/** Whether a text has the form of our tokens: looked at before any key is, so that the lookup sees nothing strange. */
function isPlainToken(token: string): boolean {
  if (token.length > maxTokenLength || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return false;
  const [first = '', second = ''] = token.split('.');
  const texts = [first, second].map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  try {
    const [head, payload] = texts.map((text) => JSON.parse(text) as unknown);
    return header.safeParse(head).success && texts.every((text, at) => countNames(text) === size([head, payload][at]));
  } catch {
    return false; // no JSON
  }
}

/** How many names a JSON text has: a name that stands twice counts twice. */
function countNames(text: string): number {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;
}

/** How many names a JSON value has, at any depth. */
function size(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, each) => sum + size(each), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

/** Faults of fetching keys are not the token's: they must not turn a good token into a bad one. */
function isAboutToken(fault: unknown): boolean {
  if (fault instanceof errors.JWKSTimeout || fault instanceof errors.JWKSInvalid) return false;
  if (fault instanceof errors.JOSEError) return fault.code !== 'ERR_JOSE_GENERIC';
  return fault instanceof z.ZodError;
}
