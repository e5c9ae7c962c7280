import { setTimeout as delay } from 'node:timers/promises';
import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { SubgraphInstances } from '../subgraphs/instances.ts';
import { chooseHash } from './choose-hash.ts';
import { fetchSdl, hashSdl } from './fetch-sdl.ts';

/** The SDL of one subgraph and the hash it was announced with. */
export interface KnownSdl {
  readonly hash: string;
  readonly sdl: string;
}

/** The SDLs of all subgraphs, kept up to date. */
export interface SdlSource {
  /** By subgraph; the last good ones. */
  readonly current: ReadonlyMap<string, KnownSdl>;
  close(): void;
}

const retryMs = { first: 250, longest: 5_000 };

/**
 * Follows the instances: when the hash chosen for a subgraph changes, its SDL is read from an instance that announced it,
 * until it is there or another hash is chosen. `onChange` is called after each SDL that was read.
 * `known` are the SDLs to begin with.
 */
export function followSdls(
  {
    instances,
    tokens,
    log,
  }: { readonly instances: SubgraphInstances; readonly tokens: InternalTokens; readonly log: Log },
  onChange: () => void,
  known: ReadonlyMap<string, KnownSdl> = new Map(),
): SdlSource {
  const current = new Map(known);
  const wanted = new Map<string, { hash: string; abort: AbortController }>();
  const seen = new Map<string, string[]>();

  const fetchUntilThere = async (name: string, hash: string, signal: AbortSignal) => {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const holders = (instances.current.get(name) ?? []).filter(({ meta }) => meta['sdlHash'] === hash);
      const holder = holders[attempt % Math.max(1, holders.length)];
      try {
        if (!holder) throw new Error(`no instance of ${name} announces ${hash}`);
        const sdl = await fetchSdl({ tokens }, holder, { signal });
        if (signal.aborted) return;
        if (hashSdl(sdl) !== hash)
          log.warn({ subgraph: name, announced: hash, read: hashSdl(sdl) }, 'an SDL is not the announced one');
        current.set(name, { hash, sdl });
        onChange();
        return;
      } catch (fault) {
        if (signal.aborted) return;
        log.warn({ subgraph: name, fault: describeFault(fault) }, 'an SDL cannot be read');
      }
      await delay(Math.min(retryMs.longest, retryMs.first * 2 ** attempt), undefined, { signal, ref: false }).catch(
        () => undefined,
      );
    }
  };
  const stop = instances.onChange((name, found) => {
    const hash = chooseHash(found, remember(seen, name, found));
    if (!hash || wanted.get(name)?.hash === hash) return;
    wanted.get(name)?.abort.abort();
    const abort = new AbortController();
    wanted.set(name, { hash, abort });
    if (current.get(name)?.hash !== hash) void fetchUntilThere(name, hash, abort.signal);
  });
  return {
    current,
    close() {
      stop();
      for (const { abort } of wanted.values()) abort.abort();
    },
  };
}

/** The hashes of a subgraph in the order in which they appeared; one that came back after it had gone counts as new. */
function remember(seen: Map<string, string[]>, name: string, instances: readonly Instance[]): readonly string[] {
  const present = new Set(instances.map(({ meta }) => meta['sdlHash'] ?? '').filter(Boolean));
  const known = (seen.get(name) ?? []).filter((hash) => present.has(hash));
  const ordered = [...known, ...[...present].filter((hash) => !known.includes(hash))];
  seen.set(name, ordered);
  return ordered;
}
