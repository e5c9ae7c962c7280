/**
 * The cache's promises.
 * Nothing is given that is older than an event that changed it, from the moment on at which the event was heard; while events cannot be
 * heard nothing is given at all (see event-listener.ts for how late an event may be). What was asked for before a change is never kept
 * after it. What is private is kept for its caller alone, and what is public is asked for as nobody, so that it cannot hold more than
 * everybody may see. Errors, nulls and what a subgraph does not want kept are not kept. Equal things are asked for once at a time.
 */
import type { CacheRules } from '../composition/read-cache-rules.ts';
import { createIdentify } from '../subgraphs/identify.ts';
import type { SubgraphAnswer } from '../subgraphs/client.ts';
import { waitFor } from '../subgraphs/wait-for.ts';
import { reportPart } from './cache-report.ts';
import { type CacheStats, createCacheCounts } from './cache-stats.ts';
import { ageMsOf, judge } from './entry.ts';
import type { CachedQuestion, FetchCache } from './fetch-cache.ts';
import { createLocalLayer, defaultCacheBytes } from './local-layer.ts';
import type { Asking } from './part-fetcher.ts';
import { PartLoader } from './part-loader.ts';
import { composeAnswer, type Part, toPart } from './parts.ts';
import { createPurges } from './purges.ts';
import { createRefusals } from './refusals.ts';
import type { SharedLayer } from './shared-layer.ts';

/** A cache, and what it takes to keep it right. */
export interface EntityCache extends FetchCache {
  /** Throws away everything, here and in Redis: events may have been missed. */
  purgeAll(): Promise<void>;
  readonly stats: CacheStats;
}

export interface EntityCacheDeps {
  /** Null when this process is alone. */
  readonly shared: SharedLayer | null;
  /** True while every event that may change something is heard in time. */
  readonly isCurrent: () => boolean;
  /** Told of the rules of each graph before it is served. */
  readonly onRules?: (rules: CacheRules | null) => void;
  /** The time, as `Date.now()`. */
  readonly now?: () => number;
}

export interface EntityCacheOptions {
  /** What this process may keep. Default 32 MiB. */
  readonly maxBytes?: number;
}

/** Creates a cache. */
export function createEntityCache(deps: EntityCacheDeps, options: EntityCacheOptions = {}): EntityCache {
  return new LayeredCache(deps, options);
}

class LayeredCache implements EntityCache {
  readonly #deps: EntityCacheDeps;
  readonly #purges = createPurges();
  readonly #local: ReturnType<typeof createLocalLayer>;
  readonly #loader: PartLoader;
  readonly #identify = createIdentify();
  readonly #counts = createCacheCounts();
  readonly #refusals = createRefusals();
  readonly #listeners: (() => void)[] = [];
  readonly #now: () => number;

  constructor(deps: EntityCacheDeps, { maxBytes = defaultCacheBytes }: EntityCacheOptions) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
    this.#local = createLocalLayer(this.#purges, maxBytes);
    this.#loader = new PartLoader({
      ...deps,
      local: this.#local,
      purges: this.#purges,
      counts: this.#counts,
      refusals: this.#refusals,
      now: this.#now,
    });
  }

  get stats(): CacheStats {
    const { bytes: localBytes, entries: localEntries } = this.#local;
    return { ...this.#counts, localBytes, localEntries, sharedFaults: this.#deps.shared?.faults ?? 0 };
  }

  onPurge(listener: () => void): void {
    this.#listeners.push(listener);
  }

  follow(rules: CacheRules | null): void {
    this.#deps.onRules?.(rules);
  }

  async purge(tags: readonly string[]): Promise<void> {
    this.#counts.purgedTags += tags.length;
    this.#purges.purge(tags);
    for (const tell of this.#listeners) tell();
    await this.#deps.shared?.purge(tags);
  }

  async purgeAll(): Promise<void> {
    this.#counts.purgedAll += 1;
    this.#purges.purgeAll();
    for (const tell of this.#listeners) tell();
    this.#local.clear();
    await this.#deps.shared?.purgeAll();
  }

  async answer(question: CachedQuestion): Promise<SubgraphAnswer | null> {
    const { run, fetch, expected } = question;
    if (!this.#deps.isCurrent() || this.#refusals.has(fetch.caching.id)) {
      this.#counts.bypassed += 1;
      return null;
    }
    const asking = { ...question, keys: this.#keysOf(question) };
    const parts: (Part | null)[] = [];
    const missing: number[] = [];
    const aging: number[] = [];
    for (const [slot, key] of asking.keys.entries()) {
      const entry = run.refreshes ? undefined : this.#local.get(key);
      const freshness = entry && judge(entry, this.#now());
      if (freshness === 'stale') aging.push(slot);
      const isGood = entry && (freshness === 'fresh' || freshness === 'stale');
      if (!isGood) missing.push(slot);
      parts.push(isGood ? toPart(entry, freshness === 'fresh' ? 'hit' : 'stale') : null);
    }
    this.#counts.localHits += asking.keys.length - missing.length;
    if (missing.length > 0) {
      const loaded = await waitFor(this.#loader.load(asking, missing), run.context.signal);
      for (const [at, slot] of missing.entries()) parts[slot] = loaded[at] ?? null;
    }
    if (aging.length > 0) this.#loader.load(asking, aging).catch(() => undefined); // what is there was given
    return this.#compose(asking, parts, expected);
  }

  #keysOf({ run, fetch: { caching, representations }, subgraph }: CachedQuestion): readonly string[] {
    const caller = caching.policy.isPrivate ? this.#identify(run.context.caller) : '';
    let head = `${subgraph} ${caching.id} ${caller}\n`;
    for (const name of caching.variables) head += `${JSON.stringify(run.variables[name]) ?? ''}\n`;
    return representations ? representations.map((text) => head + text) : [head];
  }

  /** Null when a part is of no use to this caller, so that he asks for himself. @throws when there is nothing but a fault */
  #compose(asking: Asking, parts: readonly (Part | null)[], expected: Buffer | undefined): SubgraphAnswer | null {
    const { report } = asking.run;
    const good = parts.filter((part) => part !== null);
    if (good.length < parts.length) return null;
    for (const { came, entry } of good) {
      if (came === 'miss') this.#counts.misses += 1;
      if (came === 'stale') this.#counts.staleHits += 1;
      if (!report) continue;
      report[came === 'miss' ? 'misses' : 'hits'] += 1;
      if (came === 'stale') report.stale += 1;
      reportPart(report, entry?.policy ?? null, entry ? ageMsOf(entry, this.#now()) : 0);
    }
    return composeAnswer(good, asking.fetch.representations !== null, expected);
  }
}
