import { accessTokenType } from '@storefront/platform/identity/access-tokens.ts';
import { type JSONWebKeySet, SignJWT, importJWK } from 'jose';
import { scopesOf } from '../domain/user.ts';
import type { AccessTokens, Clock } from '../use-cases/ports.ts';

/** What access tokens are made with. The first of `keys` signs and must be private. */
export interface AccessTokenOptions {
  readonly keys: JSONWebKeySet;
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
 * @throws TypeError when the first key cannot sign
 */
export async function createAccessTokenIssuer(options: AccessTokenOptions): Promise<AccessTokens> {
  const { issuer, audience, clock, newTokenId } = options;
  const jwk = options.keys.keys[0];
  if (!jwk?.d || !jwk.kid) throw new TypeError('the first access token key must be a private key with a kid');
  const header = { alg: 'EdDSA', typ: accessTokenType, kid: jwk.kid };
  const key = await importJWK(jwk, 'EdDSA');
  return {
    issue: async ({ id, role }, sessionId) => {
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      const accessToken = await new SignJWT({ scope: scopesOf(role).join(' '), sid: sessionId })
        .setProtectedHeader(header)
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
