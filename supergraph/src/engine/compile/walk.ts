import type { Texts } from './completion.ts';
import type { Identity } from './identity.ts';
import { isEqualJson, isJsonObject, type JsonObject } from './merge.ts';

/** What holds a value: an object and a name, or a list and an index. */
type Holder = Record<string | number, unknown>;

/**
 * One walk along a path of the answer. On its way it puts one object in the place of those that are equal to it: entities come again
 * and again in an answer, and what is one object is walked through, merged into and written once from then on.
 */
export class Walk {
  readonly found: JsonObject[] = [];
  readonly #shared: Map<unknown, Texts>;
  readonly #identity: Identity | null;
  readonly #firsts = new Map<unknown, JsonObject>();
  readonly #seen = new Set<unknown>();

  /** `shared` are the objects that stand in several places. With an identity, those that are found are put together. */
  constructor(shared: Map<unknown, Texts>, identity: Identity | null) {
    this.#shared = shared;
    this.#identity = identity;
  }

  /** False for an object that was walked through before, at another of its places. */
  isNew(value: unknown): boolean {
    if (this.#shared.size === 0 || !this.#shared.has(value)) return true;
    if (this.#seen.has(value)) return false;
    this.#seen.add(value);
    return true;
  }

  /** Notes the objects that a value is or, as a list, has. */
  add(value: unknown, holder?: unknown, key: string | number = ''): void {
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at += 1) this.add(value[at], value, at);
    } else if (isJsonObject(value) && this.isNew(value)) {
      if (!holder || !this.#replace(value, holder as Holder, key)) this.found.push(value);
    }
  }

  #replace(value: JsonObject, holder: Holder, key: string | number): boolean {
    const id = this.#identity?.keyOf(value);
    if (id === undefined || id === null) return false;
    const first = this.#firsts.get(id);
    if (first === undefined) this.#firsts.set(id, value);
    if (first === undefined || first === value || !isEqualJson(first, value)) return false;
    holder[key] = first;
    if (!this.#shared.has(first)) this.#shared.set(first, []);
    this.#seen.add(first);
    return true;
  }
}
