import { readFileSync, statSync } from 'node:fs';
import { jsonWebKeySet } from '@storefront/platform/config/fields.ts';
import { publicKeySet } from '@storefront/platform/identity/keys.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { type CryptoKey, importJWK, type JSONWebKeySet, type JWK } from 'jose';
import type { Clock } from '../use-cases/ports.ts';

/** The keys that access tokens are signed and verified with, as they are at this moment. */
export interface KeyRing {
  /** The key that signs now. @throws TypeError when none is private */
  signer(): Promise<{ readonly kid: string; readonly key: CryptoKey | Uint8Array }>;
  /** The public halves of all: what is about to sign, what signs, and what has signed. */
  published(): JSONWebKeySet;
  close(): void;
}

/** `keys` to begin with; `file`, when there is one, is read again whenever it changes. */
export interface KeyRingOptions {
  readonly keys: JSONWebKeySet;
  readonly file?: string | undefined;
  /** How often the file is looked at. Default 2,000. */
  readonly everyMs?: number;
}

/**
 * Keeps the keys. Of the private ones whose `signs_from` (seconds since 1970; at once when it is missing) has come, the one that
 * came last signs; of equal ones the first. A file that cannot be read or is no key set changes nothing and is told in the log.
 */
export function openKeyRing(
  { log, clock }: { readonly log: Pick<Log, 'info' | 'error'>; readonly clock: Clock },
  { keys: first, file, everyMs = 2_000 }: KeyRingOptions,
): KeyRing {
  const imported = new WeakMap<JWK, ReturnType<typeof importJWK>>();
  let keys = first.keys;
  let published = publicKeySet(keys);
  const follow = (fresh: JSONWebKeySet) => {
    keys = fresh.keys;
    published = publicKeySet(keys);
    log.info({ kids: keys.map(({ kid }) => kid) }, 'the keys of access tokens have changed');
  };
  const watch = file === undefined ? undefined : watchFile(file, { everyMs, log, follow });
  return {
    async signer() {
      const jwk = chooseSigner(keys, clock.now());
      const key = imported.get(jwk) ?? importJWK(jwk, 'EdDSA');
      imported.set(jwk, key);
      return { kid: String(jwk.kid), key: await key };
    },
    published: () => published,
    close: () => clearInterval(watch),
  };
}

/** The key that signs at a time. @throws TypeError when there is none */
export function chooseSigner(keys: readonly JWK[], at: Date): JWK {
  const started = keys.filter((key) => typeof key.d === 'string' && signsFrom(key) * 1000 <= at.getTime());
  const [signer] = started.toSorted((one, other) => signsFrom(other) - signsFrom(one));
  if (!signer) throw new TypeError('access tokens need a private key that may sign now');
  return signer;
}

/** When a key begins to sign, in seconds since 1970. */
export function signsFrom(key: JWK): number {
  const { signs_from: from } = key as JWK & { readonly signs_from?: unknown };
  return typeof from === 'number' ? from : 0;
}

function watchFile(
  file: string,
  { everyMs, log, follow }: { everyMs: number; log: Pick<Log, 'error'>; follow: (keys: JSONWebKeySet) => void },
): NodeJS.Timeout {
  let seen = stampOf(file);
  const look = () => {
    const stamp = stampOf(file);
    if (stamp === seen) return;
    seen = stamp;
    try {
      const keys = jsonWebKeySet().parse(readFileSync(file, 'utf8'));
      chooseSigner(keys.keys, new Date());
      follow(keys);
    } catch {
      log.error({ file }, 'the file of access token keys is no set of private keys: the keys stay as they were');
    }
  };
  return setInterval(look, everyMs).unref();
}

/** Another text whenever the file is another one; its content stays out of it. */
function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stats ? `${stats.ino} ${stats.mtimeNs} ${stats.size}` : 'none';
}
