import { setTimeout as delay } from 'node:timers/promises';
import { restrictPolicy } from '@storefront/platform/caching/header.ts';
import type { CachePolicy } from '@storefront/platform/caching/policy.ts';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import type { SubgraphAnswer } from '../subgraphs/client.ts';
import { LeanSignal } from '../subgraphs/signal.ts';
import type { CacheCounts } from './cache-stats.ts';
import { judge } from './entry.ts';
import type { CachedQuestion } from './fetch-cache.ts';
import type { LocalLayer } from './local-layer.ts';
import { isFaulty, isRefused, type Part, readParts, toEntry, toFailedPart, toPart } from './parts.ts';
import type { Purges } from './purges.ts';
import type { Refusals } from './refusals.ts';
import type { Found, SharedLayer } from './shared-layer.ts';

/** A fetch belongs to all who wait for it, so it has a time of its own; the client bounds each attempt further. */
const fetchBudgetMs = 5_000;
const neverAborted = new LeanSignal();

/** A question, and what its parts are known by. */
export interface Asking extends CachedQuestion {
  readonly keys: readonly string[];
}

/** The things that one fetch is made for. */
export interface Load {
  readonly asking: Asking;
  readonly slots: readonly number[];
  readonly tags: readonly (readonly string[])[];
  readonly since: number;
}

/** What Redis had, by the numbers of a load's things; null while it is not to be used. */
type FoundParts = ReadonlyMap<number, Found | undefined> | null;

/** Where answers go; `isLeased` when others wait for them. */
interface Asked {
  readonly parts: (Part | null)[];
  readonly found: FoundParts;
  readonly isLeased: boolean;
}

/** For how long what another process fetches is waited for: most fetches take less. */
const longestWaitMs = 100;
const pollMs = 5;

const keyAt = ({ asking, slots }: Load, at: number) => asking.keys[slots[at] ?? 0] ?? '';

/** What fetching works with. */
export interface PartFetcherDeps {
  readonly local: LocalLayer;
  readonly purges: Purges;
  readonly shared: SharedLayer | null;
  readonly isCurrent: () => boolean;
  readonly counts: CacheCounts;
  readonly refusals: Refusals;
  readonly now: () => number;
}

/** Gets what is not in this process: from Redis, and what is not there either from the subgraph, one process for all. */
export class PartFetcher {
  readonly #deps: PartFetcherDeps;

  constructor(deps: PartFetcherDeps) {
    this.#deps = deps;
  }

  /** Fetches what a load asks for, or takes what another process has fetched. Rejects when there is nothing at all to give. */
  async fetch(load: Load): Promise<readonly (Part | null)[]> {
    const all = load.slots.map((_, at) => at);
    const parts: (Part | null)[] = all.map(() => null);
    const { left, found } = await this.#readShared(load, all, parts);
    if (left.length === 0) return parts;
    const isLeased = found !== null && !load.asking.run.refreshes;
    const own = isLeased ? await this.#lease(load, left) : left;
    const others = left.filter((at) => !own.includes(at));
    await Promise.all([
      this.#askFor(load, own, { parts, found, isLeased }),
      this.#waitFor(load, others, { parts, found }),
    ]);
    return parts;
  }

  /** Puts what is fresh in Redis into `parts`, and tells what is left. */
  async #readShared(load: Load, wanted: readonly number[], parts: (Part | null)[]) {
    const { shared, purges, local, counts, now } = this.#deps;
    const since = purges.now;
    const found =
      (await shared?.read(wanted.map((at) => ({ key: keyAt(load, at), tags: load.tags[at] ?? [] })))) ?? null;
    const left: number[] = [];
    for (const [index, at] of wanted.entries()) {
      const entry = load.asking.run.refreshes ? null : (found?.[index]?.entry ?? null);
      if (entry === null || judge(entry, now()) !== 'fresh') left.push(at);
      else {
        local.set(keyAt(load, at), entry, since);
        parts[at] = toPart(entry, 'hit');
      }
    }
    counts.sharedHits += wanted.length - left.length;
    return { left, found: found && new Map(wanted.map((at, index) => [at, found[index]])) };
  }

  /** Another process fetches these; what it has given up, or not written in a while, is fetched here. */
  async #waitFor(load: Load, others: readonly number[], given: Pick<Asked, 'parts' | 'found'>): Promise<void> {
    const untilMs = performance.now() + longestWaitMs;
    let { found } = given;
    for (let left = others; left.length > 0;) {
      await delay(pollMs);
      if (!this.#deps.isCurrent()) return this.#askFor(load, left, { ...given, found, isLeased: false });
      const leased = await this.#lease(load, left); // before it is read: what was written between the two would be fetched again
      const read = await this.#readShared(load, left, given.parts);
      left = read.left;
      found = read.found ?? found;
      const idle = leased.filter((at) => !left.includes(at));
      this.#release(load, idle);
      const isFree = leased.length > idle.length;
      if (isFree || performance.now() >= untilMs)
        return this.#askFor(load, left, { ...given, found, isLeased: isFree });
    }
  }

  /** Those of them that this process may fetch. */
  async #lease(load: Load, wanted: readonly number[]): Promise<readonly number[]> {
    const leased = await this.#deps.shared?.lease(wanted.map((at) => keyAt(load, at)));
    return wanted.filter((_, index) => leased?.[index] !== false);
  }

  #release(load: Load, leased: readonly number[]): void {
    this.#deps.shared?.release(leased.map((at) => keyAt(load, at)));
  }

  async #askFor(load: Load, own: readonly number[], { parts, found, isLeased }: Asked): Promise<void> {
    if (own.length === 0) return;
    try {
      const asked = await this.#askSubgraph(load, own, found);
      for (const [index, at] of own.entries()) parts[at] = asked[index] ?? null;
    } finally {
      if (isLeased) this.#release(load, own);
    }
  }

  async #askSubgraph(load: Load, left: readonly number[], found: FoundParts) {
    const { asking, slots } = load;
    const { fetch, run } = asking;
    const { caching, representations } = fetch;
    const askedAtMs = this.#deps.now();
    const lastResorts = () => left.map((at) => this.#lastResort(load, at, found));
    let answer: SubgraphAnswer;
    try {
      answer = await this.#send(asking, representations && left.map((at) => representations[slots[at] ?? 0] ?? ''));
    } catch (fault) {
      const instead = lastResorts();
      if (instead.every((part) => part === null)) throw fault;
      return instead.map((part) => part ?? toFailedPart(fault));
    }
    const parts = readParts(answer, { count: left.length, isEntityFetch: representations !== null });
    const isFaultless = parts?.every(({ errors }) => errors.length === 0) === true;
    const policy = answer.noStore ? null : restrictPolicy(caching.policy, answer.cacheControl);
    const isForOne = !caching.policy.isPrivate && run.context.caller !== anonymous && parts?.some(isRefused);
    if (!parts || isForOne || (isFaultless && !policy)) {
      if (parts) this.#deps.refusals.add(caching.id);
      return left.map(() => null);
    }
    const instead = parts.some(isFaulty) ? lastResorts() : [];
    return parts.map((part, index) => {
      const at = left[index] ?? 0;
      const other = isFaulty(part) ? instead[index] : null;
      return other ?? this.#keep(load, { at, part, policy, askedAtMs, stamps: found?.get(at)?.stamps });
    });
  }

  #keep(
    { asking, slots, tags, since }: Load,
    given: {
      readonly at: number;
      readonly part: Pick<Part, 'bytes' | 'errors'>;
      readonly policy: CachePolicy | null;
      readonly askedAtMs: number;
      readonly stamps: string | undefined;
    },
  ): Part {
    const { at, part, policy, askedAtMs, stamps } = given;
    const entry = toEntry(part, { policy, askedAtMs, tags: tags[at] ?? [] });
    const key = asking.keys[slots[at] ?? 0] ?? '';
    if (entry) this.#deps.local.set(key, entry, since);
    if (entry && stamps !== undefined) this.#deps.shared?.write(key, entry, stamps);
    return { ...part, entry, came: 'miss' };
  }

  /** What is past its time, for want of anything better. */
  #lastResort({ asking, slots, since }: Load, at: number, found: FoundParts): Part | null {
    if (asking.run.refreshes || !this.#deps.isCurrent()) return null;
    const shared = found?.get(at)?.entry;
    const isGood = shared && this.#deps.purges.isGood(shared.tags, since);
    const entry = this.#deps.local.get(asking.keys[slots[at] ?? 0] ?? '') ?? (isGood ? shared : undefined);
    return entry && judge(entry, this.#deps.now()) !== 'dead' ? toPart(entry, 'stale') : null;
  }

  /** Never together with what others have sent: that may have been read before something changed. */
  #send(
    { subgraph, run, fetch, fetchNumber }: Asking,
    representations: readonly string[] | null,
  ): Promise<SubgraphAnswer> {
    const { caller, traceparent, clientAddress } = run.context;
    return run.client.send({
      subgraph,
      body: fetch.write(run, representations ?? undefined),
      caller: fetch.caching.policy.isPrivate ? caller : anonymous,
      purpose: 'query',
      signal: neverAborted,
      traceparent,
      clientAddress,
      deadlineMs: fetchBudgetMs,
      isMutation: false,
      mayShare: false,
      fetchNumber,
    });
  }
}
