/** A JSON object. */
export type JsonObject = Record<string, unknown>;

/** True for a JSON object, false for a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What becomes of a place that has `held` when `given` arrives too. Objects are joined field by field, lists of equal length
 * element by element; a null never takes away what another subgraph gave. Writes into `held`; `given` is not copied.
 */
export function mergeValues(held: unknown, given: unknown): unknown {
  if (given === undefined || given === null) return held === undefined ? given : held;
  if (isJsonObject(held) && isJsonObject(given)) {
    mergeObject(held, given);
    return held;
  }
  if (!Array.isArray(held) || !Array.isArray(given) || held.length !== given.length) return given;
  return held.map((element: unknown, at) => mergeValues(element, given[at]));
}

/** Merges the fields of `given` into `held`. */
export function mergeObject(held: JsonObject, given: JsonObject): void {
  for (const key of Object.keys(given)) {
    const merged = mergeValues(Object.hasOwn(held, key) ? held[key] : undefined, given[key]);
    if (merged === undefined) continue;
    if (key === '__proto__') {
      Object.defineProperty(held, key, { value: merged, writable: true, enumerable: true, configurable: true });
    } else held[key] = merged;
  }
}

/** A copy that shares nothing with the original. */
export function copyJson<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as Value;
  const copy: JsonObject = {};
  mergeObject(copy, Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyJson(inner)])));
  return copy as Value;
}

/** True when two JSON values say the same; the order of an object's keys does not matter. */
export function isEqualJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    for (let at = 0; at < one.length; at += 1) if (!isEqualJson(one[at], other[at])) return false;
    return true;
  }
  if (Array.isArray(other)) return false;
  const [mine, theirs] = [one as JsonObject, other as JsonObject];
  let count = 0;
  for (const key in mine) {
    if (!isEqualJson(mine[key], theirs[key])) return false;
    count += 1;
  }
  for (const _ in theirs) count -= 1;
  return count === 0;
}
