import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { until } from '@storefront/platform/testing/until.ts';
import type { JWK } from 'jose';
import { chooseSigner, type KeyRing, openKeyRing } from './key-ring.ts';
import { rotateKeys } from './rotate-keys.ts';

const minute = 60;
const at = (seconds: number) => new Date(seconds * 1000);
const now = 1_800_000_000;
const kidsOf = (keys: readonly JWK[]) => keys.map(({ kid }) => kid);

describe('the key that signs', () => {
  it('is the first when no key says from when', async () => {
    const keys = [await generateSigningKey('new'), await generateSigningKey('old')];

    expect(chooseSigner(keys, at(now)).kid).toBe('new');
  });

  it('is the newest whose time has come', async () => {
    const old = await generateSigningKey('old');
    const next = { ...(await generateSigningKey('next')), signs_from: now + minute };

    expect(chooseSigner([next, old], at(now)).kid).toBe('old');
    expect(chooseSigner([next, old], at(now + minute)).kid).toBe('next');
  });

  it('is never a public one', async () => {
    const { keys } = publicKeySet([await generateSigningKey('public')]);

    expect(() => chooseSigner(keys, at(now))).toThrow('need a private key');
  });
});

describe('a rotation', () => {
  it('publishes the new key for six minutes before it signs, and keeps the old one for what it has signed', async () => {
    const first = { keys: [await generateSigningKey('first')] };

    const second = await rotateKeys(first, { at: at(now) });
    const third = await rotateKeys(second, { at: at(now + 10 * minute) });
    const fourth = await rotateKeys(third, { at: at(now + 40 * minute) });

    expect(chooseSigner(second.keys, at(now + 5 * minute)).kid).toBe('first');
    expect(chooseSigner(second.keys, at(now + 6 * minute)).kid).toBe(second.keys[0]?.kid);
    expect(kidsOf(third.keys)).toEqual([third.keys[0]?.kid, ...kidsOf(second.keys)]);
    expect(kidsOf(fourth.keys)).toEqual([fourth.keys[0]?.kid, third.keys[0]?.kid]);
  });

  it('adds nothing while a key waits to sign', async () => {
    const second = await rotateKeys({ keys: [await generateSigningKey('first')] }, { at: at(now) });

    expect(await rotateKeys(second, { at: at(now + minute) })).toEqual(second);
  });
});

describe('the file of keys', () => {
  let folder: string;
  let ring: KeyRing | undefined;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'keys-'))));
  afterEach(async () => {
    ring?.close();
    await rm(folder, { recursive: true });
  });

  it('is followed while the service runs; one that is no key set changes nothing', async () => {
    const file = join(folder, 'keys.json');
    const put = async (text: string) => {
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    };
    const first = { keys: [await generateSigningKey('first')] };
    await put(JSON.stringify(first));
    const faults: unknown[] = [];
    const log = { info: () => undefined, error: (fault: unknown) => void faults.push(fault) };
    const opened = openKeyRing({ log, clock: { now: () => new Date() } }, { keys: first, file, everyMs: 10 });
    ring = opened;

    await put('{"keys":[]}');
    await until(() => faults.length > 0);
    expect((await opened.signer()).kid).toBe('first');
    const second = await rotateKeys(first, { at: new Date(), publishSeconds: 0 });
    await put(JSON.stringify(second));

    await until(async () => (await opened.signer()).kid === second.keys[0]?.kid);
    expect(kidsOf(opened.published().keys)).toEqual(kidsOf(second.keys));
    expect(JSON.stringify(opened.published())).not.toContain(String(second.keys[0]?.d));
  });
});
