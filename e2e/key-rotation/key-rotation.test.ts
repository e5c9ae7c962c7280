import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { createAccessTokenVerifier } from '@storefront/platform/identity/access-tokens.ts';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';
import { createAuthenticate } from '@storefront/supergraph/src/guards/authenticate.ts';
import { createSigningKeys } from '@storefront/supergraph/src/guards/signing-keys.ts';
import { createAccessTokenIssuer } from '@storefront/users/src/identity/access-token-issuer.ts';
import { type KeyRing, openKeyRing } from '@storefront/users/src/identity/key-ring.ts';
import { decodeProtectedHeader } from 'jose';

const run = promisify(execFile);
const log = { info: () => undefined, error: () => undefined, warn: () => undefined };
const clock = { now: () => new Date() };
const names = { issuer: 'storefront', audience: 'storefront' };
/** The times of production (1 min, 6 min), each a thousandth or so. */
const keySetAgeMs = 300;
const publishSeconds = 2;

describe('the key of access tokens', () => {
  let folder: string;
  let file: string;
  let ring: KeyRing;
  let server: Server;
  let fetches: number;
  const gateways: { close(): void }[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
    file = join(folder, 'access-token-keys.json');
    const keys = { keys: [await generateSigningKey('first')] };
    await writeFile(file, JSON.stringify(keys));
    ring = openKeyRing({ log, clock }, { keys, file, everyMs: 20 });
    fetches = 0;
    server = createServer((_request, response) => {
      fetches += 1;
      response.end(JSON.stringify(ring.published()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    ring.close();
    for (const gateway of gateways.splice(0)) gateway.close();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  /** The door of a gateway, which fetches the keys over HTTP. */
  function openGateway() {
    const { port } = server.address() as AddressInfo;
    const instance: Instance = { id: 'users-1', name: 'users', address: '127.0.0.1', port, meta: {}, tags: [] };
    const watchInstances = (_name: string, onChange: (found: readonly Instance[]) => void) => {
      onChange([instance]);
      return { close: () => undefined };
    };
    const options = { service: 'users', maxAgeMs: keySetAgeMs };
    const keys = createSigningKeys({ discovery: { watchInstances }, log, now: Date.now }, options);
    gateways.push(keys);
    const verify = createAccessTokenVerifier({ keys: keys.resolve, ...names });
    return createAuthenticate({ verify, keys, now: Date.now, revocations: null });
  }

  const rotate = () =>
    run(process.execPath, [
      '--no-warnings',
      'subgraphs/users/src/rotate-keys.ts',
      file,
      '--publish-seconds',
      String(publishSeconds),
    ]);

  it('changes under load without a wrong 401, while strangers flood the gateways with unknown kids', async () => {
    const startedAt = Date.now();
    const doors = [openGateway(), openGateway()];
    const issuer = createAccessTokenIssuer({ ...names, keys: ring, clock, newTokenId: () => crypto.randomUUID() });
    const strangersKey = { keys: [await generateSigningKey('stranger')] };
    const stranger = createAccessTokenIssuer({
      ...names,
      keys: openKeyRing({ log, clock }, { keys: strangersKey }),
      clock,
      newTokenId: () => crypto.randomUUID(),
    });
    const user = { id: '7', role: 'CUSTOMER' as const };
    const kept: string[] = [];
    const kids = new Set<string | undefined>();
    let wrong = 0;
    let letIn = 0;
    const knock = async () => {
      const { accessToken } = await issuer.issue(user, 'session');
      kids.add(decodeProtectedHeader(accessToken).kid);
      if (kept.length < 20) kept.push(accessToken);
      const { accessToken: forged } = await stranger.issue(user, 'session');
      for (const authenticate of doors) {
        const verdicts = await Promise.all(
          [accessToken, forged, kept[0] ?? ''].map((token) => authenticate(`Bearer ${token}`)),
        );
        if ('refused' in (verdicts[0] ?? {}) || 'refused' in (verdicts[2] ?? {})) wrong += 1;
        if ('caller' in (verdicts[1] ?? {})) letIn += 1;
      }
    };
    await knock();

    await rotate();
    const endsAt = Date.now() + (publishSeconds + 2) * 1_000;
    let knocks = 0;
    while (Date.now() < endsAt || (kids.size < 2 && Date.now() < endsAt + 15_000)) {
      await knock();
      knocks += 1;
      await delay(2);
    }
    const late = await Promise.all(
      doors.flatMap((authenticate) => kept.map((token) => authenticate(`Bearer ${token}`))),
    );

    expect({ wrong, letIn, kids: kids.size }).toEqual({ wrong: 0, letIn: 0, kids: 2 });
    expect(late.filter((verdict) => 'refused' in verdict)).toEqual([]);
    expect(knocks).toBeGreaterThan(5);
    expect(fetches).toBeLessThanOrEqual(doors.length * ((Date.now() - startedAt) / keySetAgeMs + 3));
  });

  it('says what it has done, and keeps the file for its owner', async () => {
    const { stdout } = await rotate();

    expect(stdout).toMatch(/^access-[0-9a-f]{8} {2}signs from 20\d\d-.+Z\nfirst {2}signs\n$/);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      keys: [{ d: expect.any(String) }, { kid: 'first' }],
    });
  });

  it('is not changed by a command that names no file', async () => {
    await expect(run(process.execPath, ['--no-warnings', 'subgraphs/users/src/rotate-keys.ts'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm run keys:rotate -- FILE'),
    });
  });
});
