import { accessTokenType } from '@storefront/platform/identity/access-tokens.ts';
import { SignJWT } from 'jose';
import { scopesOf } from '../domain/user.ts';
import type { AccessTokens, Clock } from '../use-cases/ports.ts';
import type { KeyRing } from './key-ring.ts';

/** What access tokens are made with. */
export interface AccessTokenOptions {
  readonly keys: Pick<KeyRing, 'signer'>;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
  /** The `jti` of each token. */
  readonly newTokenId: () => string;
}

const lifetimeSeconds = 10 * 60;

/**
 * Issues access tokens: JWTs of type `at+jwt`, EdDSA, ten minutes, with the user's id as `sub` and the scopes of his
 * role, separated by spaces, and the session as `sid`. Source: RFC 9068
 */
export function createAccessTokenIssuer({
  keys,
  issuer,
  audience,
  clock,
  newTokenId,
}: AccessTokenOptions): AccessTokens {
  return {
    issue: async ({ id, role }, sessionId) => {
      const { kid, key } = await keys.signer();
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      const accessToken = await new SignJWT({ scope: scopesOf(role).join(' '), sid: sessionId })
        .setProtectedHeader({ alg: 'EdDSA', typ: accessTokenType, kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(id)
        .setJti(newTokenId())
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(issuedAt + lifetimeSeconds)
        .sign(key);
      return { accessToken, expiresInSeconds: lifetimeSeconds };
    },
  };
}
