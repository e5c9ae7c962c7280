import { restrictPolicy } from '@storefront/platform/caching/header.ts';
import type { CachePolicy } from '@storefront/platform/caching/policy.ts';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import type { SubgraphAnswer } from '../subgraphs/client.ts';
import { LeanSignal } from '../subgraphs/signal.ts';
import type { CacheCounts } from './cache-stats.ts';
import { judge } from './entry.ts';
import type { CachedQuestion } from './fetch-cache.ts';
import { tagsOf } from './fetch-caching.ts';
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

/** One thing on its way. */
interface Flight {
  readonly part: Promise<Part | null>;
  readonly tags: readonly string[];
  readonly since: number;
}

/** The things that one fetch is made for. */
interface Load {
  readonly asking: Asking;
  readonly slots: readonly number[];
  readonly tags: readonly (readonly string[])[];
  readonly since: number;
}

/** What loading works with. */
export interface PartLoaderDeps {
  readonly local: LocalLayer;
  readonly purges: Purges;
  readonly shared: SharedLayer | null;
  readonly isCurrent: () => boolean;
  readonly counts: CacheCounts;
  readonly refusals: Refusals;
  readonly now: () => number;
}

/** Loads what is not in this process: from Redis, and what is not there either from the subgraph. Equal things are loaded once at a time. */
export class PartLoader {
  readonly #deps: PartLoaderDeps;
  readonly #flights = new Map<string, Flight>();

  constructor(deps: PartLoaderDeps) {
    this.#deps = deps;
  }

  /** Loads parts, or waits for those that are under way; not for what was asked for before something changed. Rejects when all fail. */
  async load(asking: Asking, slots: readonly number[]): Promise<readonly (Part | null)[]> {
    const { caching, representations } = asking.fetch;
    const since = this.#deps.purges.now;
    const waits = new Map<number, Promise<Part | null>>();
    const own: number[] = [];
    const tags: (readonly string[])[] = [];
    for (const slot of slots) {
      const flight = asking.run.refreshes ? undefined : this.#flights.get(asking.keys[slot] ?? '');
      if (flight && this.#deps.purges.isGood(flight.tags, flight.since)) waits.set(slot, flight.part);
      else {
        own.push(slot);
        tags.push(tagsOf(caching, asking.run.variables, representations?.[slot] ?? null));
      }
    }
    this.#deps.counts.joined += waits.size;
    if (own.length > 0) this.#takeOff({ asking, slots: own, tags, since }, waits);
    const settled = await Promise.allSettled(slots.map((slot) => waits.get(slot) ?? Promise.resolve(null)));
    const faults = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    if (faults.length === asking.keys.length) throw faults[0];
    return settled.map((one) => (one.status === 'rejected' ? toFailedPart(one.reason) : one.value));
  }

  #takeOff(load: Load, waits: Map<number, Promise<Part | null>>): void {
    const fetching = this.#fetch(load);
    const flights: (readonly [string, Flight])[] = [];
    for (const [at, slot] of load.slots.entries()) {
      const part = fetching.then((parts) => parts[at] ?? null);
      part.catch(() => undefined); // whoever waits hears of it
      const flight = { part, tags: load.tags[at] ?? [], since: load.since };
      const key = load.asking.keys[slot] ?? '';
      this.#flights.set(key, flight);
      flights.push([key, flight]);
      waits.set(slot, part);
    }
    const land = () => {
      for (const [key, flight] of flights) if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    fetching.then(land, land);
  }

  async #fetch(load: Load): Promise<readonly (Part | null)[]> {
    const { asking, slots, tags, since } = load;
    const wanted = slots.map((slot, at) => ({ key: asking.keys[slot] ?? '', tags: tags[at] ?? [] }));
    const found = (await this.#deps.shared?.read(wanted)) ?? null;
    const parts: (Part | null)[] = [];
    const left: number[] = [];
    for (const [at, { key }] of wanted.entries()) {
      const entry = asking.run.refreshes ? null : (found?.[at]?.entry ?? null);
      const isFresh = entry !== null && judge(entry, this.#deps.now()) === 'fresh';
      if (isFresh) this.#deps.local.set(key, entry, since);
      else left.push(at);
      parts.push(isFresh ? toPart(entry, 'hit') : null);
    }
    this.#deps.counts.sharedHits += wanted.length - left.length;
    if (left.length === 0) return parts;
    const asked = await this.#askSubgraph(load, left, found);
    for (const [index, at] of left.entries()) parts[at] = asked[index] ?? null;
    return parts;
  }

  async #askSubgraph(load: Load, left: readonly number[], found: readonly Found[] | null) {
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
      return other ?? this.#keep(load, { at, part, policy, askedAtMs, stamps: found?.[at]?.stamps });
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
  #lastResort({ asking, slots, since }: Load, at: number, found: readonly Found[] | null): Part | null {
    if (asking.run.refreshes || !this.#deps.isCurrent()) return null;
    const shared = found?.[at]?.entry;
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
