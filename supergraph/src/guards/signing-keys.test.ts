import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { createAccessTokenVerifier } from '@storefront/platform/identity/access-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { importJWK, SignJWT } from 'jose';
import type { JWK } from 'jose';
import { createAuthenticate } from './authenticate.ts';
import { openKeptFile } from '../composition/kept-file.ts';
import { keepKeysInFile, type KeptKeys } from './kept-keys.ts';
import { createSigningKeys } from './signing-keys.ts';

const minute = 60_000;
let first: JWK;
let second: JWK;
let served: JWK[];
let fetches: number;
let clock: number;
let server: ReturnType<typeof createServer>;
const doors: { close(): void }[] = [];
let port: number;

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
  port = 0;
  await startServer();
});

afterEach(async () => {
  for (const door of doors.splice(0)) door.close();
  await stopServer();
});

/** Again at the port where it was before. */
async function startServer(): Promise<void> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
}

const stopServer = () =>
  new Promise<void>((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

/** A door whose keys come over HTTP from one instance; the catalogue is that list. */
function openDoor({ maxAgeMs = minute, kept }: { maxAgeMs?: number; kept?: KeptKeys } = {}) {
  const instance: Instance = { id: 'users-1', name: 'users', address: '127.0.0.1', port, meta: {}, tags: [] };
  const discovery = {
    watchInstances(_name: string, onChange: (instances: readonly Instance[]) => void) {
      onChange([instance]);
      return { close: () => undefined };
    },
  };
  const now = () => clock;
  const deps = { discovery, log: { warn: () => undefined }, now, ...(kept ? { kept } : {}) };
  const keys = createSigningKeys(deps, { service: 'users', maxAgeMs });
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
    const authenticate = openDoor({ maxAgeMs: 25 });
    served = [first, second];
    const [before, other] = [await tokenOf(first), await tokenOf(second)];
    await until(async () => 'caller' in (await authenticate(before)) && 'caller' in (await authenticate(other)));

    served = [second];
    await until(async () => 'refused' in (await authenticate(before)));

    await expect(authenticate(before)).resolves.toMatchObject({ refused: { status: 401, code: 'UNAUTHENTICATED' } });
    await expect(authenticate(other)).resolves.toHaveProperty('caller');
  });

  it('does not believe a set without keys', async () => {
    const authenticate = openDoor({ maxAgeMs: 25 });
    const token = await tokenOf(first);
    await until(async () => 'caller' in (await authenticate(token)));

    served = [];
    const before = fetches;
    await until(() => fetches > before + 2);

    await expect(authenticate(token)).resolves.toHaveProperty('caller');
  });

  it('goes on verifying with known keys when their service is away', async () => {
    const authenticate = openDoor({ maxAgeMs: 25 });
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

describe('keys that were fetched before a restart', () => {
  const day = 24 * 60 * minute;
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'kept-keys-'))));
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })); // the last set may be being written
  const path = () => join(folder, 'signing-keys.json');
  const openKept = () =>
    keepKeysInFile(openKeptFile({ folder, log: { warn: () => undefined } }, 'signing-keys.json'), () => clock);
  /** A gateway that has fetched the keys and is gone, as their service is. */
  async function leaveKeys() {
    await openDoor({ kept: openKept() })(await tokenOf(first));
    await until(() => existsSync(path()));
    await stopServer();
  }

  it('verify tokens while their service is away', async () => {
    await leaveKeys();
    const authenticate = openDoor({ kept: openKept() });

    await expect(authenticate(await tokenOf(first))).resolves.toMatchObject({ caller: { userId: '7' } });
    await expect(authenticate(await tokenOf(second))).resolves.toMatchObject({ refused: { status: 401 } });
  });

  it('are public, in a file of their owner alone', async () => {
    await leaveKeys();

    expect((await stat(path())).mode & 0o777).toBe(0o600);
    const { keys } = JSON.parse(await readFile(path(), 'utf8')) as { keys: readonly object[] };
    expect(keys).toEqual(publicKeySet([first]).keys);
  });

  it('count for nothing when the service answers: a retired key is refused', async () => {
    await openDoor({ kept: openKept() })(await tokenOf(first));
    await until(() => existsSync(path()));
    served = [second];
    const authenticate = openDoor({ kept: openKept() });

    await expect(authenticate(await tokenOf(first))).resolves.toMatchObject({ refused: { status: 401 } });
    await expect(authenticate(await tokenOf(second))).resolves.toHaveProperty('caller');
  });

  it('give way to those that are fetched when the service is back', async () => {
    await leaveKeys();
    const authenticate = openDoor({ kept: openKept() });
    await authenticate(await tokenOf(first));
    served = [second];
    await startServer();
    clock += minute;

    await until(async () => 'refused' in (await authenticate(await tokenOf(first, { subject: randomUUID() }))));
    await expect(authenticate(await tokenOf(second))).resolves.toHaveProperty('caller');
  });

  it.each([
    ['are a day old', async () => void (clock += day)],
    ['are of the future', async () => void (clock -= minute)],
    ['are damaged', async () => writeFile(path(), '{"fetchedAtMs": 1, "keys": [{"kty": "oct", "k": "AAAA"}]}')],
  ])('are no keys when they %s', async (_, spoil) => {
    await leaveKeys();
    await spoil();

    await expect(openDoor({ kept: openKept() })(await tokenOf(first))).resolves.toMatchObject({
      refused: { status: 503 },
    });
  });
});
