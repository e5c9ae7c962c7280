import { tagsOf } from './fetch-caching.ts';
import { type Asking, type Load, PartFetcher, type PartFetcherDeps } from './part-fetcher.ts';
import { type Part, toFailedPart } from './parts.ts';

/** One thing on its way. */
interface Flight {
  readonly part: Promise<Part | null>;
  readonly tags: readonly string[];
  readonly since: number;
}

/** Loads what is not in this process: from Redis, and what is not there either from the subgraph. Equal things are loaded once at a time. */
export class PartLoader {
  readonly #deps: PartFetcherDeps;
  readonly #fetcher: PartFetcher;
  readonly #flights = new Map<string, Flight>();

  constructor(deps: PartFetcherDeps) {
    this.#deps = deps;
    this.#fetcher = new PartFetcher(deps);
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
    const fetching = this.#fetcher.fetch(load);
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
}
