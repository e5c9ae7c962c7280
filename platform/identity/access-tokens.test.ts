import { beforeAll, describe, expect, it } from '@jest/globals';
import { CompactSign, createLocalJWKSet, importJWK, type JWK, SignJWT } from 'jose';
import { createAccessTokenVerifier, type VerifyAccessToken } from './access-tokens.ts';
import { hasScope, isUser } from './caller.ts';
import { generateSigningKey, publicKeySet } from './keys.ts';

let key: JWK;
let other: JWK;
let verify: VerifyAccessToken;

beforeAll(async () => {
  [key, other] = await Promise.all([generateSigningKey('k1'), generateSigningKey('k1')]);
  const keys = createLocalJWKSet(publicKeySet([key]));
  verify = createAccessTokenVerifier({ keys, issuer: 'storefront', audience: 'storefront' });
});

async function aToken({
  claims,
  header,
  by = key,
}: { claims?: object; header?: object; by?: JWK } = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: 'storefront',
    aud: 'storefront',
    sub: '7',
    scope: 'users:read orders:read',
    iat: now,
    nbf: now,
    exp: now + 600,
  };
  return new SignJWT({ ...payload, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1', ...header })
    .sign(await importJWK(by, 'EdDSA'));
}

const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;

describe('an access token', () => {
  it('stands for its user with the scopes of the role, until it ends', async () => {
    const verdict = await verify(await aToken());

    if ('refused' in verdict) throw new Error(verdict.refused);
    expect(isUser(verdict.caller, '7')).toBe(true);
    expect(isUser(verdict.caller, '8')).toBe(false);
    expect(hasScope(verdict.caller, 'orders:read')).toBe(true);
    expect(hasScope(verdict.caller, 'orders:write')).toBe(false);
    expect(verdict.expiresAt.getTime()).toBeGreaterThan(Date.now() + 590_000);
  });

  it('is good without scopes', async () => {
    expect(await verify(await aToken({ claims: { scope: '' } }))).toMatchObject({ caller: { userId: '7' } });
  });

  it('is given five seconds for clocks that differ, not more', async () => {
    expect(await verify(await aToken({ claims: { exp: secondsAgo(2) } }))).toHaveProperty('caller');
    expect(await verify(await aToken({ claims: { exp: secondsAgo(8) } }))).toEqual({ refused: 'expired' });
  });

  it.each<[string, Parameters<typeof aToken>[0] & object]>([
    ['of another issuer', { claims: { iss: 'elsewhere' } }],
    ['for another audience', { claims: { aud: 'elsewhere' } }],
    ['of the type of internal tokens', { header: { typ: 'internal+jwt' } }],
    ['of the plain type JWT', { header: { typ: 'JWT' } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['without an end', { claims: { exp: undefined } }],
    ['with a kid that is not published', { header: { kid: 'k2' } }],
    ['without a kid, although there is only one key', { header: { kid: undefined } }],
    ['without a scope', { claims: { scope: undefined } }],
    ['without a beginning', { claims: { nbf: undefined } }],
    ['that lives longer than revocations are remembered', { claims: { exp: secondsAgo(-16 * 60) } }],
    ['that begins before there was time', { claims: { nbf: -1 } }],
    ['that was issued in the future', { claims: { iat: secondsAgo(-60), exp: secondsAgo(-90) } }],
    ['that brings its own key', { header: { jwk: {} } }],
    ['that says where its key is', { header: { jku: 'https://example.com/keys' } }],
  ])('is refused %s', async (_, change) => {
    expect(await verify(await aToken(change))).toEqual({ refused: 'invalid' });
  });

  it('is refused when a stranger signed it, when it is signed by nothing, and when it is none', async () => {
    const [header, payload] = (await aToken()).split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt","kid":"k1"}').toString('base64url');

    const forged = [
      await aToken({ by: other }),
      `${none}.${payload}.`,
      `${header}.${payload}.`,
      'a.b.c',
      '',
      'x'.repeat(9000),
    ];

    for (const token of forged) expect(await verify(token)).toEqual({ refused: 'invalid' });
  });

  it('is refused when a name stands twice in it, since others might read the other one', async () => {
    const now = Math.floor(Date.now() / 1000);
    const times = `"iat":${now},"nbf":${now},"exp":${now + 60}`;
    const payload = (more: string) => `{"iss":"storefront","aud":"storefront","scope":"","sub":"7",${times}${more}}`;
    const sign = async (text: string) =>
      new CompactSign(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' })
        .sign(await importJWK(key, 'EdDSA'));

    expect(await verify(await sign(payload(',"note":"\\"sub\\": 8"')))).toHaveProperty('caller');
    expect(await verify(await sign(payload(',"sub":"8"')))).toEqual({ refused: 'invalid' });
  });

  it('of somebody else may leave out what the rules do not ask for, and live longer', async () => {
    const keys = createLocalJWKSet(publicKeySet([key]));
    const rules = { issuer: 'storefront', audience: 'storefront', requiredClaims: ['sub'], maxLifetimeSeconds: 86_400 };
    const lenient = createAccessTokenVerifier({ keys, ...rules });
    const claims = { nbf: undefined, scope: undefined, exp: secondsAgo(-7_200) };

    expect(await lenient(await aToken({ claims }))).toMatchObject({ caller: { userId: '7' } });
  });

  it('is not called invalid because its keys could not be fetched', async () => {
    const unreachable = createAccessTokenVerifier({
      keys: () => Promise.reject(new TypeError('fetch failed')),
      issuer: 'storefront',
      audience: 'storefront',
    });

    await expect(unreachable(await aToken())).rejects.toThrow('fetch failed');
  });
});

describe('a published key set', () => {
  it('holds nothing private', async () => {
    expect(JSON.stringify(publicKeySet([key]))).not.toContain(key.d);
    expect(publicKeySet([key])).toEqual({
      keys: [{ kty: 'OKP', crv: 'Ed25519', x: key.x, kid: 'k1', alg: 'EdDSA', use: 'sig' }],
    });
  });
});
