import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { anEncryptedToken, byNewKey, type Forger, hmac, nowSeconds } from './forger.ts';

/** What is sent as `Authorization`; two of them are two header lines. */
export type Forged = string | readonly [string, string];

const without = (name: string) => (forger: Forger) => bearer(forger.own({}, { [name]: undefined }));
const bearer = (token: string) => `Bearer ${token}`;
const swapPayload = (token: string, payload: object) => {
  const [header, , signature] = token.split('.');
  return `${header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.${signature}`;
};

/** Every forged token that must get nowhere, by what is wrong with it. Those of `own` have a good signature. */
export const forgedTokens: Readonly<Record<string, (forger: Forger) => Forged | Promise<Forged>>> = {
  'alg none': (f) => bearer(f.by(() => '', { alg: 'none' })),
  'alg None': (f) => bearer(f.by(() => 'x', { alg: 'None' })),
  'alg NONE': (f) => bearer(f.by(() => 'x', { alg: 'NONE' })),
  'alg nOnE with a stolen signature': (f) =>
    bearer(f.by(() => Buffer.from(f.own().split('.')[2] ?? '', 'base64url'), { alg: 'nOnE' })),
  'alg in other letters': (f) => bearer(f.own({ alg: 'eddsa' })),
  'alg under its newer name': (f) => bearer(f.own({ alg: 'Ed25519' })),
  'alg missing': (f) => bearer(f.own({ alg: undefined })),
  'alg as a list': (f) => bearer(f.own({ alg: ['EdDSA', 'none'] })),
  'HS256 with the public key': (f) => bearer(f.by(hmac(f.publicKeyTexts.x), { alg: 'HS256' })),
  'HS256 with the published key set': (f) => bearer(f.by(hmac(f.publicKeyTexts.jwks), { alg: 'HS256' })),
  'HS512 with the public key as PEM': (f) => bearer(f.by(hmac(f.publicKeyTexts.pem, 'sha512'), { alg: 'HS512' })),
  'HS256 with the empty secret': (f) => bearer(f.by(hmac(''), { alg: 'HS256' })),
  'RS256 with a key of its own': (f) => bearer(f.by(byNewKey('rsa'), { alg: 'RS256' })),
  'ES256 with a key of its own': (f) => bearer(f.by(byNewKey('ec'), { alg: 'ES256' })),
  'another key with the same kid': (f) => bearer(f.stranger()),
  'kid of a file': (f) => bearer(f.stranger({ kid: '../../../../dev/null' })),
  'kid of a file, HS256 with what is in it': (f) => bearer(f.by(hmac(''), { alg: 'HS256', kid: '/dev/null' })),
  'kid that is SQL': (f) => bearer(f.stranger({ kid: "x' UNION SELECT 'secret' -- " })),
  'kid null': (f) => bearer(f.own({ kid: null })),
  'kid as a list': (f) => bearer(f.own({ kid: [f.header['kid']] })),
  'kid as an object': (f) => bearer(f.own({ kid: { $ne: '' } })),
  'kid missing': (f) => bearer(f.own({ kid: undefined })),
  'kid __proto__': (f) => bearer(f.stranger({ kid: '__proto__' })),
  'jwk in the header': (f) => bearer(f.stranger({ jwk: { ...f.strangerKey, d: undefined } })),
  'jwk in the header, well signed': (f) => bearer(f.own({ jwk: { kty: 'OKP' } })),
  'jku in the header': (f) => bearer(f.stranger({ jku: 'http://127.0.0.1:9/keys.json' })),
  'x5u in the header': (f) => bearer(f.stranger({ x5u: 'http://127.0.0.1:9/chain.pem' })),
  'x5c in the header': (f) => bearer(f.stranger({ x5c: ['MIIB'] })),
  'crit that nobody knows': (f) => bearer(f.own({ crit: ['exp'], exp: nowSeconds() + 60 })),
  'b64 false': (f) => bearer(f.own({ b64: false, crit: ['b64'] })),
  'b64 false without crit': (f) => bearer(f.own({ b64: false })),
  'alg twice in the header': (f) => {
    const header = JSON.stringify(f.header).replace('{', '{"alg":"none",');
    const [, payload, signature] = f.own().split('.');
    return bearer(`${Buffer.from(header).toString('base64url')}.${payload}.${signature}`);
  },
  'typ JWT': (f) => bearer(f.own({ typ: 'JWT' })),
  'typ missing': (f) => bearer(f.own({ typ: undefined })),
  'typ of internal tokens': (f) => bearer(f.own({ typ: 'internal+jwt' })),
  'iss of somebody else': (f) => bearer(f.own({}, { iss: 'https://evil.example' })),
  'iss as a list': (f) => bearer(f.own({}, { iss: ['storefront'] })),
  'aud of somebody else': (f) => bearer(f.own({}, { aud: 'another-shop' })),
  'aud of a subgraph': (f) => bearer(f.own({}, { aud: 'users' })),
  'aud as a list without ours': (f) => bearer(f.own({}, { aud: ['a', 'b'] })),
  'iss missing': without('iss'),
  'aud missing': without('aud'),
  'sub missing': without('sub'),
  'exp missing': without('exp'),
  'nbf missing': without('nbf'),
  'iat missing': without('iat'),
  'scope missing': without('scope'),
  'sub as a number': (f) => bearer(f.own({}, { sub: 1 })),
  'sub empty': (f) => bearer(f.own({}, { sub: '' })),
  'scope as a list': (f) => bearer(f.own({}, { scope: ['users:read'] })),
  'exp as a text': (f) => bearer(f.own({}, { exp: String(nowSeconds() + 600) })),
  'exp in the past': (f) => bearer(f.own({}, { exp: nowSeconds() - 60 })),
  'exp negative': (f) => bearer(f.own({}, { exp: -1 })),
  'exp in the year 9999': (f) => bearer(f.own({}, { exp: 253_402_300_799 })),
  'exp beyond all numbers': (f) =>
    bearer(f.own({}, JSON.stringify({ ...f.claims, exp: 0 }).replace('"exp":0', '"exp":1e400'))),
  'nbf in the future': (f) => bearer(f.own({}, { nbf: nowSeconds() + 60 })),
  'nbf as a text': (f) => bearer(f.own({}, { nbf: '0' })),
  'nbf negative': (f) => bearer(f.own({}, { nbf: -1 })),
  'iat in the future': (f) => bearer(f.own({}, { iat: nowSeconds() + 60 })),
  'sub twice': (f) => bearer(f.own({}, JSON.stringify(f.claims).replace('{', '{"sub":"2",'))),
  'claims exchanged under a good signature': (f) => bearer(swapPayload(f.own(), { ...f.claims, sub: '3' })),
  'claims that are a list': (f) => bearer(f.own({}, JSON.stringify([f.claims]))),
  'claims that are no JSON': (f) => bearer(f.own({}, 'sub=1&scope=users:read')),
  'signature cut short': (f) => bearer(f.own().slice(0, -8)),
  'signature missing': (f) => bearer(f.own().replace(/[^.]*$/, '')),
  'signature and its dot missing': (f) => bearer(f.own().replace(/\.[^.]*$/, '')),
  'signature of zeros': (f) => bearer(f.by(() => Buffer.alloc(64))),
  'signature in the other base64': (f) => bearer(`${f.own()}==`),
  'a huge token': (f) => bearer(f.own({}, { padding: 'x'.repeat(8_000) })),
  'an encrypted token': () => bearer(anEncryptedToken()),
  'a token as JSON': (f) =>
    bearer(JSON.stringify({ payload: f.own().split('.')[1], protected: f.own().split('.')[0] })),
  'whitespace within the token': (f) => bearer(f.own().replace('.', '. ')),
  'two tokens in one header': (f) => bearer(`${f.own()}, ${bearer(f.own())}`),
  'two Authorization headers': (f) => [bearer(f.own()), bearer(f.stranger())],
  'the scheme in small letters': (f) => `bearer ${f.stranger()}`,
  'no scheme': (f) => f.own(),
  'another scheme': (f) => `Token ${f.own()}`,
  'the scheme alone': () => 'Bearer',
  Basic: () => `Basic ${btoa('admin@example.com:secret')}`,
  'an internal token': async (f) => {
    const tokens = createInternalTokens({ signingKey: { ...f.gatewayKey, kty: 'OKP' }, issuer: 'gateway' });
    const caller = { kind: 'user' as const, userId: '3', scopes: new Set(['users:read']) };
    return bearer(await tokens.mint({ audience: 'storefront', caller, purpose: 'query' }));
  },
  'a refresh token': () => bearer(`${'a'.repeat(22)}.${'b'.repeat(43)}`),
};
