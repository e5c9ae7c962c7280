import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonWebKey } from 'node:crypto';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';

/** What a forger knows and has: everything but the right to sign, and for malformed tokens even that. */
export interface Forger {
  /** The header and claims of a token that would be good now. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Signs with the house's own key, so that nothing but what is said is wrong. */
  own(header?: object, claims?: object | string): string;
  /** Signs with a key of the forger's own. */
  stranger(header?: object, claims?: object): string;
  /** Signs with anything: `of` makes the signature of the text before it. */
  by(of: (text: string) => Buffer | string, header?: object, claims?: object): string;
  readonly strangerKey: JsonWebKey;
  /** The public key of the house, as texts that a confused verifier may take for a shared secret. */
  readonly publicKeyTexts: { readonly x: string; readonly jwks: string; readonly pem: string };
  readonly gatewayKey: JsonWebKey & { readonly kid?: string };
}

const encode = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Nowadays, in whole seconds. */
export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Reads the keys of a local stack. */
export async function openForger(stateFolder: string): Promise<Forger> {
  const keysFile = readFileSync(join(stateFolder, 'access-token-keys.json'), 'utf8');
  const { keys } = JSON.parse(keysFile) as { keys: [JsonWebKey & { kid: string }] };
  const { gatewaySigningKey } = JSON.parse(readFileSync(join(stateFolder, 'secrets.json'), 'utf8')) as {
    gatewaySigningKey: Forger['gatewayKey'];
  };
  const [jwk] = keys;
  const ownKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const publicKey = createPublicKey(ownKey);
  const strangerKey = (await generateSigningKey(jwk.kid)) as JsonWebKey;
  const header = { alg: 'EdDSA', typ: 'at+jwt', kid: jwk.kid };
  const iat = nowSeconds();
  const claims = {
    iss: 'storefront',
    aud: 'storefront',
    sub: '1',
    scope: 'users:read orders:read',
    sid: 'a-session',
    jti: 'a-token',
    iat,
    nbf: iat,
    exp: iat + 600,
  };
  const by: Forger['by'] = (of, changedHeader = {}, changedClaims = {}) => {
    const text = `${encode({ ...header, ...changedHeader })}.${encode({ ...claims, ...changedClaims })}`;
    return `${text}.${Buffer.from(of(text)).toString('base64url')}`;
  };
  const signWith = (key: KeyObject) => (text: string) => sign(null, Buffer.from(text), key);
  return {
    header,
    claims,
    strangerKey,
    gatewayKey: gatewaySigningKey,
    by,
    own(changedHeader, changedClaims = {}) {
      if (typeof changedClaims === 'object') return by(signWith(ownKey), changedHeader, changedClaims);
      const text = `${encode({ ...header, ...changedHeader })}.${encode(changedClaims)}`;
      return `${text}.${signWith(ownKey)(text).toString('base64url')}`;
    },
    stranger: (changedHeader, changedClaims) =>
      by(signWith(createPrivateKey({ key: strangerKey, format: 'jwk' })), changedHeader, changedClaims),
    publicKeyTexts: {
      x: String(jwk.x),
      jwks: JSON.stringify({
        keys: [{ kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid: jwk.kid, alg: 'EdDSA', use: 'sig' }],
      }),
      pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
  };
}

/** The signature of HMAC with a text as the secret. */
export const hmac =
  (secret: string, hash = 'sha256') =>
  (text: string) =>
    createHmac(hash, secret).update(text).digest();

/** The signature of a new key of another kind. */
export function byNewKey(kind: 'rsa' | 'ec'): (text: string) => Buffer {
  const { privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = kind === 'rsa' ? privateKey : { key: privateKey, dsaEncoding: 'ieee-p1363' as const };
  return (text) => sign('sha256', Buffer.from(text), key);
}

/** A token in five parts that look encrypted. */
export const anEncryptedToken = (): string =>
  [
    encode({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' }),
    '',
    ...[12, 200, 16].map((n) => randomBytes(n).toString('base64url')),
  ].join('.');
