import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { createAccessTokenVerifier } from '@storefront/platform/identity/access-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { importJWK, SignJWT } from 'jose';
import type { JWK } from 'jose';
import { createAuthenticate } from './authenticate.ts';
import { createSigningKeys } from './signing-keys.ts';

const minute = 60_000;
let first: JWK;
let second: JWK;
let served: JWK[];
let fetches: number;
let clock: number;
let server: ReturnType<typeof createServer>;
const doors: { close(): void }[] = [];

beforeEach(async () => {
  first = await generateSigningKey('first');
  second = await generateSigningKey('second');
  served = [first];
  fetches = 0;
  clock = Date.now();
  server = createServer((_request, response) => {
    fetches += 1;
    response.end(JSON.stringify(publicKeySet(served)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const door of doors.splice(0)) door.close();
  await stopServer();
});

const stopServer = () =>
  new Promise<void>((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

/** A door whose keys come over HTTP from one instance; the catalogue is that list. */
function openDoor(maxAgeMs = minute) {
  const { port } = server.address() as AddressInfo;
  const instance: Instance = { id: 'users-1', name: 'users', address: '127.0.0.1', port, meta: {}, tags: [] };
  const discovery = {
    watchInstances(_name: string, onChange: (instances: readonly Instance[]) => void) {
      onChange([instance]);
      return { close: () => undefined };
    },
  };
  const now = () => clock;
  const keys = createSigningKeys({ discovery, log: { warn: () => undefined }, now }, { service: 'users', maxAgeMs });
  doors.push(keys);
  const verify = createAccessTokenVerifier({ keys: keys.resolve, issuer: 'storefront', audience: 'storefront' });
  return createAuthenticate({ verify, keys, now, revocations: null });
}

async function tokenOf(key: JWK, { issuer = 'storefront', expires = '10m', subject = '7' } = {}): Promise<string> {
  const token = new SignJWT({ scope: 'orders:read' })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: String(key.kid) })
    .setIssuer(issuer)
    .setAudience('storefront')
    .setSubject(subject)
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime(expires);
  return `Bearer ${await token.sign(await importJWK(key, 'EdDSA'))}`;
}

describe('authentication', () => {
  it('takes no header for the anonymous caller and a good token for its user', async () => {
    const authenticate = openDoor();

    await expect(authenticate(undefined)).resolves.toEqual({ caller: { kind: 'anonymous' } });
    await expect(authenticate(await tokenOf(first))).resolves.toMatchObject({
      caller: { kind: 'user', userId: '7', scopes: new Set(['orders:read']) },
    });
  });

  it.each(['Bearer', 'Bearer a b', 'Basic dXNlcjpwYXNz', 'nonsense', ''])('refuses the header "%s"', async (header) => {
    const verdict = await openDoor()(header);

    expect(verdict).toMatchObject({
      refused: {
        status: 401,
        code: 'UNAUTHENTICATED',
        headers: { 'www-authenticate': expect.stringContaining('error="invalid_token"') },
      },
    });
  });

  it('refuses a token of another issuer and says of an expired one that it is expired', async () => {
    const authenticate = openDoor();

    await expect(authenticate(await tokenOf(first, { issuer: 'else' }))).resolves.toMatchObject({
      refused: { message: 'The access token is not valid.' },
    });
    await expect(authenticate(await tokenOf(first, { expires: '-1m' }))).resolves.toMatchObject({
      refused: { status: 401, message: expect.stringContaining('expired') },
    });
  });

  it('remembers a token only until it expires', async () => {
    let verifications = 0;
    const verify = async () => {
      verifications += 1;
      return verifications === 1
        ? { caller: { kind: 'anonymous' as const }, expiresAt: new Date(clock + minute) }
        : { refused: 'expired' as const };
    };
    const authenticate = createAuthenticate({
      verify,
      keys: { isReady: async () => true, isPublished: () => true, onRemoved: () => () => undefined },
      now: () => clock,
      revocations: null,
    });
    await authenticate('Bearer abc');
    await expect(authenticate('Bearer abc')).resolves.toHaveProperty('caller');

    clock += minute;

    await expect(authenticate('Bearer abc')).resolves.toHaveProperty('refused');
  });

  it('learns a new key at its first token, and asks for unknown ones at most once in 30 s', async () => {
    const authenticate = openDoor();
    await authenticate(await tokenOf(first));
    served = [first, second];

    await expect(authenticate(await tokenOf(second))).resolves.toHaveProperty('caller');
    const made = { ...(await generateSigningKey('made-up')) };
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => authenticate(await tokenOf(made, { subject: String(index) }))),
    );

    expect(fetches).toBe(2);
    clock += minute;
    await expect(authenticate(await tokenOf(made))).resolves.toHaveProperty('refused');
    expect(fetches).toBe(3);
  });

  it('refuses what a key has signed that was taken out, also what it had let in before, and nothing else', async () => {
    const authenticate = openDoor(25);
    served = [first, second];
    const [before, other] = [await tokenOf(first), await tokenOf(second)];
    await until(async () => 'caller' in (await authenticate(before)) && 'caller' in (await authenticate(other)));

    served = [second];
    await until(async () => 'refused' in (await authenticate(before)));

    await expect(authenticate(before)).resolves.toMatchObject({ refused: { status: 401, code: 'UNAUTHENTICATED' } });
    await expect(authenticate(other)).resolves.toHaveProperty('caller');
  });

  it('does not believe a set without keys', async () => {
    const authenticate = openDoor(25);
    const token = await tokenOf(first);
    await until(async () => 'caller' in (await authenticate(token)));

    served = [];
    const before = fetches;
    await until(() => fetches > before + 2);

    await expect(authenticate(token)).resolves.toHaveProperty('caller');
  });

  it('goes on verifying with known keys when their service is away', async () => {
    const authenticate = openDoor(25);
    await authenticate(await tokenOf(first));
    await stopServer();

    await expect(authenticate(await tokenOf(first, { subject: '8' }))).resolves.toMatchObject({
      caller: { userId: '8' },
    });
  });

  it('says that it cannot check, not that the token is bad, when it never had keys', async () => {
    const authenticate = openDoor();
    await stopServer();

    await expect(authenticate(await tokenOf(first))).resolves.toMatchObject({
      refused: { status: 503, code: 'SERVICE_UNAVAILABLE' },
    });
  });
});
