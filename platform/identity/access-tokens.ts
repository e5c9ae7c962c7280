import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { type Caller, readCaller } from './caller.ts';

/** Finds the public key for a token's header: `createLocalJWKSet`, or one that fetches. */
export type KeyResolver = JWTVerifyGetKey;

/** Who an access token stands for and until when, or why it is refused. */
export type AccessTokenVerdict = VerifiedAccessToken | { refused: 'expired' | 'invalid' };

/** A good access token: who it stands for, until when, and (`sid`) the session that it belongs to. */
export interface VerifiedAccessToken {
  readonly caller: Caller;
  readonly expiresAt: Date;
  readonly sessionId?: string;
}

/** Judges an access token (the text after `Bearer `). Never throws because of the token; @throws when the keys cannot be had. */
export type VerifyAccessToken = (token: string) => Promise<AccessTokenVerdict>;

/** The `typ` of access tokens. Source: RFC 9068 section 2.1 */
export const accessTokenType = 'at+jwt';

const leewaySeconds = 5;
const maxTokenLength = 4096;
const claims = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  scope: z.string().default(''),
  sid: z.string().optional(),
});

/**
 * Verifies access tokens: EdDSA alone, `typ` at+jwt, issuer and audience as given, 5 s of leeway for clocks.
 * Source: RFC 9068 section 4, RFC 8725
 */
export function createAccessTokenVerifier(options: {
  readonly keys: KeyResolver;
  readonly issuer: string;
  readonly audience: string;
}): VerifyAccessToken {
  const { keys, issuer, audience } = options;
  const rules = {
    algorithms: ['EdDSA'],
    typ: accessTokenType,
    issuer,
    audience,
    clockTolerance: leewaySeconds,
    requiredClaims: ['sub', 'exp', 'iat'],
  };
  return async (token) => {
    if (token.length > maxTokenLength) return { refused: 'invalid' };
    try {
      const { payload } = await jwtVerify(token, keys, rules);
      const { sub, exp, scope, sid } = claims.parse(payload);
      const session = sid === undefined ? {} : { sessionId: sid };
      return { caller: readCaller(sub, scope), expiresAt: new Date(exp * 1000), ...session };
    } catch (fault) {
      if (fault instanceof errors.JWTExpired) return { refused: 'expired' };
      if (isAboutToken(fault)) return { refused: 'invalid' };
      throw fault;
    }
  };
}

/** Faults of fetching keys are not the token's: they must not turn a good token into a bad one. */
function isAboutToken(fault: unknown): boolean {
  if (fault instanceof errors.JWKSTimeout || fault instanceof errors.JWKSInvalid) return false;
  if (fault instanceof errors.JOSEError) return fault.code !== 'ERR_JOSE_GENERIC';
  return fault instanceof z.ZodError;
}
