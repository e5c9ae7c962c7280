import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';

/** Makes a private Ed25519 key named `kid`. Keep it secret. Source: RFC 8037 */
export async function generateSigningKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: 'EdDSA', use: 'sig' };
}

/** The public halves of keys, to be published; nothing private is in it. Source: RFC 7517 section 5 */
export function publicKeySet(keys: readonly JWK[]): JSONWebKeySet {
  return { keys: keys.map(publicHalf) };
}

function publicHalf({ kty, crv, x, kid }: JWK): JWK {
  if (kty !== 'OKP' || crv !== 'Ed25519' || x === undefined || kid === undefined) {
    throw new TypeError('only Ed25519 keys with a kid can be published');
  }
  return { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' };
}
