import type { VerifiedAccessToken, VerifyAccessToken } from '@storefront/platform/identity/access-tokens.ts';
import { anonymous as nobody } from '@storefront/platform/identity/caller.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import { LRUCache } from 'lru-cache';
import type { Refusal } from './refusal.ts';
import type { Revocations } from './revocations.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Who calls, and until when that is certain (for ever, for the anonymous). */
export interface Identity {
  readonly caller: Caller;
  readonly expiresAt?: Date;
  /** The key that signed the token. */
  readonly keyId?: string;
  /** The session that the token belongs to, when it says so. */
  readonly sessionId?: string;
}

/** Turns the `Authorization` header (or the same text from a websocket's connection_init) into an identity. */
export type Authenticate = (authorization: string | undefined) => Promise<Identity | { readonly refused: Refusal }>;

export interface AuthenticateDeps {
  readonly verify: VerifyAccessToken;
  readonly keys: Pick<SigningKeys, 'isReady' | 'isPublished' | 'onRemoved'>;
  readonly now: () => number;
  /** Null when nothing is ever revoked. */
  readonly revocations: Pick<Revocations, 'isRevoked'> | null;
}

const anonymous: Identity = { caller: nobody };

/**
 * No header means anonymous; a header that does not hold is refused, never taken for anonymous. Verified tokens are
 * remembered until they expire or a key is published no more; those of sessions that have ended are refused. Source: RFC 6750
 */
export function createAuthenticate({ verify, keys, now, revocations }: AuthenticateDeps): Authenticate {
  const verified = new LRUCache<string, VerifiedAccessToken>({ max: 5_000 });
  keys.onRemoved(() => verified.clear());
  return async (authorization) => {
    if (authorization === undefined) return anonymous;
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization.trim())?.[1];
    if (!token) return { refused: unauthenticated('The Authorization header must be "Bearer" and an access token.') };
    const known = verified.get(token);
    if (known && known.expiresAt.getTime() > now()) return revocations?.isRevoked(known) ? revoked : known;
    if (!(await keys.isReady())) return { refused: keysUnavailable };
    const outcome = await verify(token);
    if ('refused' in outcome) {
      const text =
        outcome.refused === 'expired'
          ? 'The access token has expired. Refresh the session or sign in again.'
          : notValid;
      return { refused: unauthenticated(text) };
    }
    // The key may have been taken out while the token was verified.
    if (outcome.keyId !== undefined && !keys.isPublished(outcome.keyId)) return { refused: unauthenticated(notValid) };
    verified.set(token, outcome);
    return revocations?.isRevoked(outcome) ? revoked : outcome;
  };
}

/** Looks at no token: nobody is known, and the header goes on for services that judge by it on their own. */
export const authenticateNobody: Authenticate = async (authorization) => ({
  caller: authorization === undefined ? nobody : { kind: 'anonymous', authorization },
});

/** The same judgement; the header goes on with the caller, for services that judge by it on their own. */
export function keepAuthorization(authenticate: Authenticate): Authenticate {
  return async (authorization) => {
    const identity = await authenticate(authorization);
    if ('refused' in identity || authorization === undefined) return identity;
    return { ...identity, caller: { ...identity.caller, authorization } };
  };
}

const notValid = 'The access token is not valid.';

const keysUnavailable: Refusal = {
  status: 503,
  code: 'SERVICE_UNAVAILABLE',
  message: 'Access tokens cannot be checked at the moment. Try again shortly.',
  headers: { 'retry-after': '1' },
};

function unauthenticated(message: string): Refusal {
  const challenge = `Bearer realm="storefront", error="invalid_token", error_description="${message.replaceAll('"', "'")}"`;
  return { status: 401, code: 'UNAUTHENTICATED', message, headers: { 'www-authenticate': challenge } };
}

const revoked = { refused: unauthenticated('The session has ended. Sign in again.') };
