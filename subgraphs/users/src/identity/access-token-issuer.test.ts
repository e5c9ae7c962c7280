import { describe, expect, it } from '@jest/globals';
import { createAccessTokenVerifier } from '@storefront/platform/identity/access-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader } from 'jose';
import { createAccessTokenIssuer } from './access-token-issuer.ts';
import { openKeyRing } from './key-ring.ts';

const log = { info: () => undefined, error: () => undefined };
const clock = { now: () => new Date() };

async function anIssuer() {
  const keys = { keys: [await generateSigningKey('new'), await generateSigningKey('old')] };
  const ring = openKeyRing({ log, clock }, { keys });
  const options = { keys: ring, issuer: 'storefront', audience: 'shop', clock, newTokenId: () => 'token 1' };
  return { accessTokens: createAccessTokenIssuer(options), keys };
}

describe('an access token', () => {
  it('is accepted by who knows the public keys', async () => {
    const { accessTokens, keys } = await anIssuer();
    const verify = createAccessTokenVerifier({
      keys: createLocalJWKSet(publicKeySet(keys.keys)),
      issuer: 'storefront',
      audience: 'shop',
    });

    const { accessToken } = await accessTokens.issue({ id: '7', role: 'ADMIN' }, 'session 1');

    expect(await verify(accessToken)).toMatchObject({
      caller: {
        userId: '7',
        scopes: new Set([
          'users:read',
          'users:write',
          'products:write',
          'stock:read',
          'orders:read',
          'orders:write',
          'graph:explain',
        ]),
      },
    });
  });

  it('lives ten minutes, is signed by the first key, and says what it is', async () => {
    const { accessTokens } = await anIssuer();

    const { accessToken, expiresInSeconds } = await accessTokens.issue({ id: '7', role: 'CUSTOMER' }, 'session 1');

    const { iat = 0, exp = 0, ...claims } = decodeJwt(accessToken);
    expect(decodeProtectedHeader(accessToken)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: 'new' });
    expect([exp - iat, expiresInSeconds]).toEqual([600, 600]);
    expect(claims).toEqual({
      iss: 'storefront',
      aud: 'shop',
      sub: '7',
      scope: '',
      sid: 'session 1',
      jti: 'token 1',
      nbf: iat,
    });
  });
});
