import type { KeyValues } from '@storefront/platform/discovery/discovery.ts';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { z } from 'zod';
import type { Composition } from './composer.ts';
import { readOverrideSides } from './override-sides.ts';

/** The shares of `@override(label: "percent(N)")`, as they are now. */
export interface Shares {
  /** The share of a label, 0 to 100; undefined for the one that it declares. */
  shareOf(label: string): number | undefined;
  close(): void;
}

/** What shares are followed with. */
export interface SharesDeps {
  readonly keys: Pick<KeyValues, 'get' | 'put' | 'watch'>;
  readonly composition: Pick<Composition, 'onSupergraph'>;
  /** How many requests to a subgraph ended of late, and how many of them badly; undefined when there is no such subgraph. */
  readonly recent: (subgraph: string) => { readonly calls: number; readonly faults: number } | undefined;
  readonly log: Log;
}

/** When fields go back to where they came from: at such a share of faults among at least so many requests of ten seconds. */
export interface SharesOptions {
  readonly faultShare?: number;
  readonly leastCalls?: number;
  readonly everyMs?: number;
}

const shape = z.record(z.string(), z.number().min(0).max(100));

/**
 * Follows the shares in Consul, a JSON object of percentages by label at `key`: a roll-out goes on while gateways run. When the subgraph to which a
 * label moves fields begins to fail, the label's share becomes 0, here at once and in Consul for the others, until somebody writes another one.
 */
export function followShares(
  { keys, composition, recent, log }: SharesDeps,
  key: string,
  { faultShare = 0.1, leastCalls = 20, everyMs = 500 }: SharesOptions = {},
): Shares {
  let shares: Readonly<Record<string, number>> = {};
  let sides: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  const stop = composition.onSupergraph(({ sdl }) => (sides = readOverrideSides(sdl)));
  const watch = keys.watch(key, (entry) => {
    const found = readShares(entry?.value ?? '{}');
    if (found) shares = found;
    else log.warn({ key }, 'these are no shares: those that were known stay');
  });
  const isFailing = (subgraph: string) => {
    const { calls = 0, faults = 0 } = recent(subgraph) ?? {};
    return calls >= leastCalls && faults >= calls * faultShare;
  };
  const look = () => {
    for (const [label, subgraphs] of sides) {
      const failing = shares[label] === 0 ? undefined : [...subgraphs].find(isFailing);
      if (failing === undefined || !label.startsWith('percent(')) continue;
      shares = { ...shares, [label]: 0 };
      log.error({ label, subgraph: failing }, 'a subgraph fails: its fields go back to where they came from');
      takeBack(keys, key, label).catch((fault: unknown) =>
        log.warn({ label, fault: describeFault(fault) }, 'the others could not be told'),
      );
    }
  };
  const timer = setInterval(look, everyMs).unref();
  return {
    shareOf: (label) => shares[label],
    close() {
      clearInterval(timer);
      watch.close();
      stop();
    },
  };
}

async function takeBack(keys: SharesDeps['keys'], key: string, label: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const entry = await keys.get(key);
    const shares = readShares(entry?.value ?? '{}') ?? {};
    if (shares[label] === 0) return;
    if (await keys.put(key, JSON.stringify({ ...shares, [label]: 0 }), entry?.index ?? 0)) return;
  }
}

function readShares(text: string): Readonly<Record<string, number>> | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
