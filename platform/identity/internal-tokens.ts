import { importJWK, type JSONWebKeySet, type JWK, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type Caller, callerKey, readCaller, writeScopes } from './caller.ts';

/**
 * What an internal token is for. `query`: run queries and mutations for a caller. `event`: resolve one event of a
 * subscription. `compose`: read a subgraph's SDL, nothing else.
 */
export type Purpose = 'query' | 'event' | 'compose';

/** The `typ` of internal tokens: no other token can be taken for one. Source: RFC 8725 section 3.11 */
export const internalTokenType = 'internal+jwt';

/** What one token says. `audience` is the name of the service that shall accept it. */
export interface InternalTokenRequest {
  readonly audience: string;
  readonly caller: Caller;
  readonly purpose: Purpose;
}

/** Mints the tokens with which one service calls another. */
export interface InternalTokens {
  /** The token lives at least ten more seconds. */
  mint(request: InternalTokenRequest): Promise<string>;
}

/** What minting needs. `issuer` is the service's name and must be the key's `kid`; `clock` defaults to the system's. */
export interface InternalTokensOptions {
  readonly signingKey: JWK;
  readonly issuer: string;
  readonly clock?: { now(): Date };
}

/** What a good internal token says. `issuer` is the service that calls. */
export interface InternalIdentity {
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly issuer: string;
}

/**
 * Judges an `authorization` header: what its internal token says, or null when there is no good one; at once when the token
 * is known already. Never throws.
 */
export type VerifyInternalToken = (
  authorization: string | undefined,
) => InternalIdentity | null | Promise<InternalIdentity | null>;

/** Who may speak for callers. */
const gatewayIssuer = 'gateway';
const lifetimeSeconds = 60;
const reserveMs = 10_000;
const maxCached = 10_000;

/**
 * Mints internal tokens: EdDSA, 60 s, `aud` one service, `sub`, `scope` and `sid` of the caller. One token serves all requests of
 * the same audience, caller and purpose until ten seconds before its end; at most 10,000 are kept.
 * @throws TypeError when the key's `kid` is not the issuer
 */
export function createInternalTokens({
  signingKey,
  issuer,
  clock = systemClock,
}: InternalTokensOptions): InternalTokens {
  if (signingKey.kid !== issuer) throw new TypeError(`the signing key of ${issuer} must have the kid ${issuer}`);
  const imported = importJWK(signingKey, 'EdDSA');
  imported.catch(() => undefined);
  const cache = new LRUCache<string, { token: Promise<string>; freshUntilMs: number }>({ max: maxCached });
  return {
    mint(request) {
      const key = cacheKey(request);
      const nowMs = clock.now().getTime();
      const kept = cache.get(key);
      if (kept && nowMs < kept.freshUntilMs) return kept.token;
      const token = sign(request, { key: imported, issuer, nowMs });
      cache.set(key, { token, freshUntilMs: nowMs + lifetimeSeconds * 1000 - reserveMs });
      token.catch(() => cache.delete(key));
      return token;
    },
  };
}

/**
 * Verifies internal tokens: EdDSA alone, `typ` internal+jwt, `aud` this service, and a `kid` that equals `iss`, so that a
 * service signs for itself only. The gateway alone speaks for callers, composes and brings events: what another service asks, it
 * asks in nobody's name. A key set may hold several keys of one `kid` while keys change. Good tokens are
 * remembered until they expire, at most 10,000.
 */
export function createInternalVerifier(options: {
  readonly keys: JSONWebKeySet;
  readonly audience: string;
  readonly clock?: { now(): Date };
}): VerifyInternalToken {
  const { keys, audience, clock = systemClock } = options;
  const verified = new LRUCache<string, { identity: InternalIdentity; expiresAtMs: number }>({ max: maxCached });

  async function verifyNew(authorization: string, nowMs: number): Promise<InternalIdentity | null> {
    verified.delete(authorization);
    for (const key of keys.keys) {
      const fresh = await verify(authorization.slice(7), { key, audience, nowMs });
      if (!fresh) continue;
      verified.set(authorization, fresh);
      return fresh.identity;
    }
    return null;
  }
  return (authorization) => {
    if (!authorization?.startsWith('Bearer ') || authorization.length > maxHeaderLength) return null;
    const nowMs = clock.now().getTime();
    const kept = verified.get(authorization);
    return kept && nowMs < kept.expiresAtMs ? kept.identity : verifyNew(authorization, nowMs);
  };
}

const maxHeaderLength = 4096;
const systemClock = { now: () => new Date() };

function cacheKey({ audience, caller, purpose }: InternalTokenRequest): string {
  return `${audience} ${purpose} ${callerKey(caller)}`;
}

async function sign(
  { audience, caller, purpose }: InternalTokenRequest,
  by: { key: ReturnType<typeof importJWK>; issuer: string; nowMs: number },
): Promise<string> {
  const issuedAt = Math.floor(by.nowMs / 1000);
  const session = caller.kind === 'user' && caller.sessionId !== undefined ? { sid: caller.sessionId } : {};
  const token = new SignJWT({ scope: writeScopes(caller), purpose, ...session })
    .setProtectedHeader({ alg: 'EdDSA', typ: internalTokenType, kid: by.issuer })
    .setIssuer(by.issuer)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds);
  if (caller.kind === 'user') token.setSubject(caller.userId);
  return token.sign(await by.key);
}

const claims = z.object({
  iss: z.string().min(1),
  sub: z.string().min(1).optional(),
  scope: z.string(),
  sid: z.string().optional(),
  purpose: z.enum(['query', 'event', 'compose']),
  exp: z.number(),
});

async function verify(token: string, { key, audience, nowMs }: { key: JWK; audience: string; nowMs: number }) {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, await importJWK(key, 'EdDSA'), {
      algorithms: ['EdDSA'],
      typ: internalTokenType,
      audience,
      currentDate: new Date(nowMs),
    });
    const { iss, sub, scope, sid, purpose, exp } = claims.parse(payload);
    if (protectedHeader.kid !== iss || key.kid !== iss) return null;
    if (iss !== gatewayIssuer && (sub !== undefined || scope !== '' || purpose !== 'query')) return null;
    const identity = Object.freeze({ caller: readCaller(sub, scope, sid), purpose, issuer: iss });
    return { identity, expiresAtMs: exp * 1000 };
  } catch {
    return null;
  }
}
