import type { Discovery, Instance } from '@storefront/platform/discovery/discovery.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { originOf } from '../subgraphs/pools.ts';

/** The public keys that access tokens are verified with. */
export interface SigningKeys {
  /** Whether there are any, after trying to get them when there are none. */
  isReady(): Promise<boolean>;
  /** Finds the key that a token names. @throws jose's JWKSNoMatchingKey */
  readonly resolve: JWTVerifyGetKey;
  close(): void;
}

export interface SigningKeysDeps {
  readonly discovery: Pick<Discovery, 'watchInstances'>;
  readonly log: Pick<Log, 'warn'>;
  readonly now: () => number;
}

export interface SigningKeysOptions {
  /** The service that answers `/.well-known/jwks.json`, as discovery knows it. */
  readonly service: string;
  /** How often an unknown key id may cause a fetch. Default 30,000. */
  readonly unknownKeyMs?: number;
  /** After how long the keys are fetched again, while the known ones go on serving. Default 300,000. */
  readonly maxAgeMs?: number;
  /** How long one fetch may take. Default 1,000. */
  readonly timeoutMs?: number;
}

/**
 * Keeps the key set of the service that signs. Once fetched it serves for ever: when the service is away, known keys
 * go on verifying. A token with an unknown key id causes at most one fetch in `unknownKeyMs`, so that made-up ids
 * cannot be used to flood the service.
 */
export function createSigningKeys({ discovery, log, now }: SigningKeysDeps, options: SigningKeysOptions): SigningKeys {
  const { service, unknownKeyMs = 30_000, maxAgeMs = 300_000, timeoutMs = 1_000 } = options;
  const source = followKeys({ discovery, log }, { service, timeoutMs });
  const isDue = createPace(now);
  return {
    async isReady() {
      if (!source.keys) await source.refresh();
      return source.keys !== undefined;
    },
    async resolve(header, token) {
      if (!source.keys) throw new Error('there are no signing keys yet');
      if (isDue('age', maxAgeMs)) void source.refresh();
      try {
        return await source.keys(header, token);
      } catch (cause) {
        const isUnknown = cause instanceof errors.JWKSNoMatchingKey;
        if (!isUnknown || !(source.isRefreshing || isDue('unknown key', unknownKeyMs))) throw cause;
        await source.refresh();
        return source.keys(header, token);
      }
    },
    close: () => source.close(),
  };
}

/** The key set as it was fetched last, and a way to fetch it again; calls at the same time share one fetch. */
function followKeys(
  { discovery, log }: Pick<SigningKeysDeps, 'discovery' | 'log'>,
  { service, timeoutMs }: { service: string; timeoutMs: number },
) {
  let instances: readonly Instance[] = [];
  let running: Promise<void> | undefined;
  const source = {
    keys: undefined as ReturnType<typeof createLocalJWKSet> | undefined,
    get isRefreshing() {
      return running !== undefined;
    },
    refresh(): Promise<void> {
      running ??= fetchFromAny(instances, timeoutMs)
        .then((set) => void (source.keys = createLocalJWKSet(set)))
        .catch((cause: unknown) => log.warn({ err: cause, from: service }, 'signing keys cannot be fetched'))
        .finally(() => (running = undefined));
      return running;
    },
    close: () => watch.close(),
  };
  const watch = discovery.watchInstances(service, (found) => {
    instances = found;
    if (!source.keys && found.length > 0) void source.refresh();
  });
  return source;
}

/** Tells whether at least `everyMs` have passed since it last said yes for the same reason. */
function createPace(now: () => number): (reason: string, everyMs: number) => boolean {
  const saidAt = new Map<string, number>([['age', now()]]);
  return (reason, everyMs) => {
    if (now() - (saidAt.get(reason) ?? -Infinity) < everyMs) return false;
    saidAt.set(reason, now());
    return true;
  };
}

async function fetchFromAny(instances: readonly Instance[], timeoutMs: number): Promise<JSONWebKeySet> {
  const faults: unknown[] = [];
  for (const instance of instances.slice(0, 3)) {
    try {
      const url = `${originOf(instance)}${instance.meta['jwksPath'] ?? '/.well-known/jwks.json'}`;
      const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      return (await response.json()) as JSONWebKeySet;
    } catch (fault) {
      faults.push(fault);
    }
  }
  throw new AggregateError(faults, faults.length === 0 ? 'no instance is registered' : 'no instance answered');
}
