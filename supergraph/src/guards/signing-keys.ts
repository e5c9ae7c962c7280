import type { Discovery, Instance } from '@storefront/platform/discovery/discovery.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { originOf } from '../subgraphs/pools.ts';
import { type KeptKeys, noKeptKeys } from './kept-keys.ts';

/** The public keys that access tokens are verified with. */
export interface SigningKeys {
  /** Whether there are any, after trying to get them when there are none. */
  isReady(): Promise<boolean>;
  /** Finds the key that a token names. @throws jose's JWKSNoMatchingKey */
  readonly resolve: JWTVerifyGetKey;
  /** Whether a key of this id is published, as far as is known. */
  isPublished(keyId: string): boolean;
  /** Told when a key is published no more: what it has signed is good no more. The result ends it. */
  onRemoved(listener: () => void): () => void;
  close(): void;
}

export interface SigningKeysDeps {
  readonly discovery: Pick<Discovery, 'watchInstances'>;
  readonly log: Pick<Log, 'warn'>;
  readonly now: () => number;
  /** What was fetched before the start. Default: nothing. */
  readonly kept?: KeptKeys;
}

export interface SigningKeysOptions {
  /** The service that answers `/.well-known/jwks.json`, as discovery knows it. */
  readonly service: string;
  /** How often an unknown key id may cause a fetch. Default 30,000. */
  readonly unknownKeyMs?: number;
  /** How often the keys are fetched, while the known ones go on serving. Default 60,000. */
  readonly maxAgeMs?: number;
  /** How long one fetch may take. Default 1,000. */
  readonly timeoutMs?: number;
  /** How often the service is asked while there are only keys of before the start. Default 5,000. */
  readonly keptRetryMs?: number;
}

/**
 * Keeps the key set of the service that signs. Once fetched it serves until there is another: when the service is away, known keys
 * go on verifying, and a set without keys is not believed. Whether somebody asks or not, it is fetched every `maxAgeMs`, so that a
 * key that was taken out is known to be. Until something is fetched, keys that were fetched before the start serve, unless they are too old;
 * whoever comes first waits for one attempt before they do. A token with an unknown key id causes at most one fetch in `unknownKeyMs`, so that made-up ids
 * cannot be used to flood the service.
 */
export function createSigningKeys(deps: SigningKeysDeps, options: SigningKeysOptions): SigningKeys {
  const { service, unknownKeyMs = 30_000, maxAgeMs = 60_000, timeoutMs = 1_000, keptRetryMs = 5_000 } = options;
  const { now, kept = noKeptKeys } = deps;
  const source = followKeys({ ...deps, kept }, { service, timeoutMs });
  const timer = setInterval(() => void source.refresh(), maxAgeMs).unref();
  const isDue = createPace(now, unknownKeyMs);
  const isRetryDue = createPace(now, keptRetryMs);
  let first: Promise<void> | undefined;
  const makeDo = async () => {
    const old = await kept.current();
    const trying = !old || isRetryDue() ? source.refresh() : undefined;
    await (old ? (first ??= trying) : trying);
    if (!source.isFetched) source.makeDoWith(old);
  };
  return {
    async isReady() {
      if (!source.isFetched) await makeDo();
      return source.keys !== undefined;
    },
    async resolve(header, token) {
      if (!source.keys) throw new Error('there are no signing keys yet');
      try {
        return await source.keys(header, token);
      } catch (cause) {
        const isUnknown = cause instanceof errors.JWKSNoMatchingKey;
        if (!isUnknown || !(source.isRefreshing || isDue())) throw cause;
        await source.refresh();
        return source.keys(header, token);
      }
    },
    isPublished: (keyId) => source.keyIds.has(keyId),
    onRemoved(listener) {
      source.listeners.add(listener);
      return () => source.listeners.delete(listener);
    },
    close() {
      clearInterval(timer);
      source.close();
    },
  };
}

/** The key set as it was fetched last, and a way to fetch it again; calls at the same time share one fetch. */
function followKeys(
  { discovery, log, kept }: Pick<SigningKeysDeps, 'discovery' | 'log'> & { readonly kept: KeptKeys },
  { service, timeoutMs }: { service: string; timeoutMs: number },
) {
  let instances: readonly Instance[] = [];
  let running: Promise<void> | undefined;
  const source = {
    keys: undefined as ReturnType<typeof createLocalJWKSet> | undefined,
    isFetched: false,
    keyIds: new Set<string>() as ReadonlySet<string>,
    listeners: new Set<() => void>(),
    get isRefreshing() {
      return running !== undefined;
    },
    refresh(): Promise<void> {
      running ??= fetchFromAny(instances, timeoutMs)
        .then(take)
        .catch((cause: unknown) => log.warn({ err: cause, from: service }, 'signing keys cannot be fetched'))
        .finally(() => (running = undefined));
      return running;
    },
    /** Uses a set of before the start while there is no other; null for none. */
    makeDoWith(set: JSONWebKeySet | null) {
      if (set && source.keys) return;
      source.keys = set ? createLocalJWKSet(set) : undefined;
      source.keyIds = keyIdsOf(set);
    },
    close: () => watch.close(),
  };
  const take = (set: JSONWebKeySet) => {
    if (set.keys.length === 0) throw new Error('the set has no keys');
    const before = source.keyIds;
    source.keys = createLocalJWKSet(set);
    source.isFetched = true;
    source.keyIds = keyIdsOf(set);
    kept.keep(set);
    const removed = [...before].filter((keyId) => !source.keyIds.has(keyId));
    if (removed.length === 0) return;
    log.warn({ removed }, 'keys of access tokens are published no more: what they have signed is refused');
    for (const listener of source.listeners) listener();
  };
  const watch = discovery.watchInstances(service, (found) => {
    instances = found;
    if (!source.isFetched && found.length > 0) void source.refresh();
  });
  return source;
}

function keyIdsOf(set: JSONWebKeySet | null): ReadonlySet<string> {
  return new Set(set?.keys.flatMap(({ kid }) => kid ?? []));
}

/** Tells whether at least `everyMs` have passed since it last said yes. */
function createPace(now: () => number, everyMs: number): () => boolean {
  let saidAt = -Infinity;
  return () => {
    if (now() - saidAt < everyMs) return false;
    saidAt = now();
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
