import { beforeAll, describe, expect, it } from '@jest/globals';
import { createPublicKey } from 'node:crypto';
import { base64url, importJWK, type JWK, SignJWT } from 'jose';
import { anonymous, type Caller } from './caller.ts';
import { createInternalTokens, createInternalVerifier, type VerifyInternalToken } from './internal-tokens.ts';
import { generateSigningKey, publicKeySet } from './keys.ts';

const ada: Caller = { kind: 'user', userId: '7', scopes: new Set(['users:read', 'orders:read']) };
const clock = { atMs: Date.now(), now: () => new Date(clock.atMs) };

let gatewayKey: JWK;
let ordersKey: JWK;
let strangerKey: JWK;
let verify: VerifyInternalToken;

beforeAll(async () => {
  [gatewayKey, ordersKey, strangerKey] = await Promise.all([
    generateSigningKey('gateway'),
    generateSigningKey('orders'),
    generateSigningKey('gateway'),
  ]);
  verify = createInternalVerifier({ keys: publicKeySet([gatewayKey, ordersKey]), audience: 'users', clock });
});

interface Forgery {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  key?: JWK;
}

/** A good token in all but what the test changes. */
async function forge({ header, claims, key = gatewayKey }: Forgery = {}): Promise<string> {
  const now = Math.floor(clock.atMs / 1000);
  const payload = {
    iss: 'gateway',
    aud: 'users',
    sub: '1',
    scope: '',
    purpose: 'query',
    iat: now,
    exp: now + 60,
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'EdDSA', typ: 'internal+jwt', kid: 'gateway', ...header })
    .sign(await importJWK(key, 'EdDSA'));
}

function unsigned(header: object, claims: object): string {
  const parts = [header, claims].map((part) => base64url.encode(JSON.stringify(part)));
  return `${parts.join('.')}.`;
}

async function signedWithPublicKey(): Promise<string> {
  const pem = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: gatewayKey.x ?? '' }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
  return new SignJWT({ scope: '', purpose: 'query' })
    .setProtectedHeader({ alg: 'HS256', typ: 'internal+jwt', kid: 'gateway' })
    .setIssuer('gateway')
    .setAudience('users')
    .setExpirationTime('1m')
    .sign(new TextEncoder().encode(pem));
}

describe('an internal token', () => {
  it('carries the caller, the purpose and the issuer to the service that it is meant for', async () => {
    const tokens = createInternalTokens({ signingKey: gatewayKey, issuer: 'gateway', clock });

    const token = await tokens.mint({ audience: 'users', caller: ada, purpose: 'query' });

    expect(await verify(`Bearer ${token}`)).toEqual({ caller: ada, purpose: 'query', issuer: 'gateway' });
  });

  it('can stand for nobody', async () => {
    const tokens = createInternalTokens({ signingKey: ordersKey, issuer: 'orders', clock });

    const token = await tokens.mint({ audience: 'users', caller: anonymous, purpose: 'query' });

    expect(await verify(`Bearer ${token}`)).toEqual({ caller: anonymous, purpose: 'query', issuer: 'orders' });
  });

  it('serves again for the same caller until ten seconds before its end, and for no other', async () => {
    const tokens = createInternalTokens({ signingKey: gatewayKey, issuer: 'gateway', clock });
    const request = { audience: 'users', caller: ada, purpose: 'query' } as const;

    const first = await tokens.mint(request);
    const fewerScopes = await tokens.mint({ ...request, caller: { ...ada, scopes: new Set() } });
    clock.atMs += 49_000;
    const second = await tokens.mint({
      ...request,
      caller: { ...ada, scopes: new Set(['orders:read', 'users:read']) },
    });
    clock.atMs += 2000;
    const third = await tokens.mint(request);

    expect(second).toBe(first);
    expect(fewerScopes).not.toBe(first);
    expect(third).not.toBe(first);
  });

  it('ends after a minute, remembered or not', async () => {
    const token = await forge();

    const before = await verify(`Bearer ${token}`);
    clock.atMs += 61_000;

    expect(before).not.toBeNull();
    expect(await verify(`Bearer ${token}`)).toBeNull();
  });

  it('is not signed by a service under the name of another', () => {
    expect(() => createInternalTokens({ signingKey: ordersKey, issuer: 'gateway' })).toThrow('kid gateway');
  });

  it('is good while a service changes its key', async () => {
    const both = createInternalVerifier({ keys: publicKeySet([strangerKey, gatewayKey]), audience: 'users', clock });

    expect(await both(`Bearer ${await forge()}`)).not.toBeNull();
    expect(await both(`Bearer ${await forge({ key: strangerKey })}`)).not.toBeNull();
  });
});

describe('a forged internal token is refused', () => {
  const now = () => Math.floor(clock.atMs / 1000);
  const ofOrders = (claims: object) => ({
    header: { kid: 'orders' },
    claims: { iss: 'orders', ...claims },
    key: ordersKey,
  });

  it.each<[string, () => Promise<string> | string]>([
    ['signed by a stranger under a known name', () => forge({ key: strangerKey })],
    ['signed by orders as if it were the gateway', () => forge({ header: { kid: 'orders' }, key: ordersKey })],
    ['signed by orders under the gateway’s kid', () => forge({ key: ordersKey })],
    ['by which orders speaks for a caller', () => forge(ofOrders({}))],
    ['by which orders composes', () => forge(ofOrders({ sub: undefined, purpose: 'compose' }))],
    ['by which orders brings an event', () => forge(ofOrders({ sub: undefined, purpose: 'event' }))],
    ['by which orders takes a scope', () => forge(ofOrders({ sub: undefined, scope: 'users:read' }))],
    ['with a kid that nobody has', () => forge({ header: { kid: 'nobody' } })],
    ['without a kid', () => forge({ header: { kid: undefined } })],
    ['for another audience', () => forge({ claims: { aud: 'orders' } })],
    ['without an audience', () => forge({ claims: { aud: undefined } })],
    ['from another issuer', () => forge({ claims: { iss: 'orders' } })],
    ['of the type of access tokens', () => forge({ header: { typ: 'at+jwt' } })],
    ['of no type', () => forge({ header: { typ: undefined } })],
    ['that has expired', () => forge({ claims: { exp: now() - 1 } })],
    ['without an end', () => forge({ claims: { exp: undefined } })],
    ['that is not good yet', () => forge({ claims: { nbf: now() + 30 } })],
    ['with a purpose that does not exist', () => forge({ claims: { purpose: 'admin' } })],
    ['without a purpose', () => forge({ claims: { purpose: undefined } })],
    ['with an empty subject', () => forge({ claims: { sub: '' } })],
    [
      'with the algorithm none',
      () =>
        unsigned(
          { alg: 'none', typ: 'internal+jwt', kid: 'gateway' },
          { iss: 'gateway', aud: 'users', scope: '', purpose: 'query', exp: now() + 60 },
        ),
    ],
    ['signed as HS256 with the public key', signedWithPublicKey],
    [
      'whose payload was changed',
      async () =>
        (await forge()).replace(/\.[^.]+\./, `.${base64url.encode('{"iss":"gateway","aud":"users","sub":"1"}')}.`),
    ],
    ['whose signature was cut off', async () => (await forge()).replace(/[^.]+$/, '')],
    ['that is garbage', () => 'a.b.c'],
    ['that is empty', () => ''],
    ['that is huge', () => 'x'.repeat(100_000)],
  ])('%s', async (_, make) => {
    const token = await make();

    expect(await verify(`Bearer ${token}`)).toBeNull();
  });

  it.each([undefined, '', 'Bearer', 'Basic YTpi', 'bearer x'])('when the header is %s', async (header) => {
    expect(await verify(header)).toBeNull();
  });
});
