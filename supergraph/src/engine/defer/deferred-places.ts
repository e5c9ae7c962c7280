import { isJsonObject, type JsonObject } from '../compile/merge.ts';
import type { PartRun } from './deferred-parts.ts';
import type { DeferredPlace } from './deferring-completion.ts';

/** Response names and indices from the root. */
export type Path = readonly (string | number)[];

/** Where an object stands: in the answer, and in the data. */
export interface Place extends Pick<DeferredPlace, 'shape'> {
  readonly path: Path;
  readonly inputs: Path;
}

/** A part at all places where the answer has its object. */
export interface Group {
  readonly label: string;
  readonly places: readonly Place[];
  /** What went wrong in the parts around it, the first one first. */
  readonly around: readonly PartRun[];
}

/** The places of each part, in the order of the answer. */
export function groupPlaces(
  outer: readonly { readonly places: readonly DeferredPlace[]; readonly path: Path; readonly inputs: Path }[],
  around: readonly PartRun[],
): readonly Group[] {
  const groups = new Map<string, Place[]>();
  for (const { places, path, inputs } of outer) {
    for (const { label, shape, reversedPath, reversedInputs } of places) {
      const group = groups.get(label) ?? [];
      groups.set(label, group);
      group.push({
        shape,
        path: [...path, ...reversedPath.toReversed()],
        inputs: [...inputs, ...reversedInputs.toReversed()],
      });
    }
  }
  return [...groups].map(([label, places]) => ({ label, places, around }));
}

/** All their places. */
export function pathsOf(groups: readonly Group[]): readonly Path[] {
  return groups.flatMap(({ places }) => places.map(({ path }) => path));
}

/** What stands there now: a fetch may have put another object in the place of an equal one. */
export function objectAt(data: JsonObject, inputs: Path): JsonObject {
  const found = inputs.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    data,
  );
  return isJsonObject(found) ? found : {};
}
