import { isJsonObject, type JsonObject } from './merge.ts';
import { evaluate, quote, readProperty } from './source-text.ts';
import type { Walk } from './walk.ts';

/** One step of a plan's path: into a field or (`@`) into each element of a list, of these types only when there are any. */
export interface PathStep {
  readonly key: string;
  readonly types: readonly string[] | null;
}

/** An object and where in the answer it stands. */
export interface Place {
  readonly object: JsonObject;
  readonly path: readonly (string | number)[];
}

/** Reads a path of the planner: `['products', '@', 'reviews|[Good,Bad]', '@']`. */
export function readPath(path: readonly (string | number)[]): readonly PathStep[] {
  return path.flatMap((part) => {
    const [, key = '', types] = /^(.*?)(?:\|\[(.*)\])?$/s.exec(String(part)) ?? [];
    const step = { key, types: types === undefined ? null : types.split(',') };
    return key === '' && step.types === null ? [] : [step];
  });
}

/** Finds the objects that a path leads to, each once, in the order of the answer; nulls are left out. They are in `walk.found`. */
export type FindObjects = (data: JsonObject, walk: Walk) => void;

/** Compiles a path. */
export function compilePath(steps: readonly PathStep[]): FindObjects {
  return evaluate(`return (v0, walk) => { ${writeStep(steps, 0, 'walk.add(v0);')} };`) as FindObjects;
}

/** `end` is what happens with the value that the steps so far lead to. */
function writeStep(steps: readonly PathStep[], at: number, end: string): string {
  const [value, next] = [`v${at}`, `v${at + 1}`];
  const step = steps[at];
  if (!step) return end;
  const { key } = step;
  const inside = (holder: string, place: string) =>
    guardTypes(step, {
      value: next,
      source: writeStep(steps, at + 1, `walk.add(${next}, ${holder}, ${place});`),
    });
  if (key === '')
    return `{ const ${next} = ${value}; ${guardTypes(step, { value: next, source: writeStep(steps, at + 1, end) })} }`;
  if (key !== '@') {
    return `if (typeof ${value} === 'object' && ${value} !== null && walk.isNew(${value})) { const ${next} = ${readProperty(value, key)}; ${inside(value, quote(key))} }`;
  }
  return `if (Array.isArray(${value})) for (let i${at} = 0; i${at} < ${value}.length; i${at}++) { const ${next} = ${value}[i${at}]; ${inside(value, `i${at}`)} }`;
}

/** A list is of the types that its elements are: they are looked at one step later. */
function guardTypes(
  { types }: PathStep,
  { value, source }: { readonly value: string; readonly source: string },
): string {
  if (types === null) return source;
  const test = types.map((type) => `t === ${quote(type)}`).join(' || ');
  return `{ const t = ${value}?.["__typename"]; if (t === undefined || ${test || 'false'}) { ${source} } }`;
}

/** The same objects in the same order, with their places: for errors, where time does not matter. */
export function findPlaces(data: JsonObject, steps: readonly PathStep[]): readonly Place[] {
  const found: Place[] = [];
  const visit = (value: unknown, at: number, path: readonly (string | number)[]): void => {
    const step = steps[at];
    if (Array.isArray(value) && (!step || step.key === '@')) {
      for (const [index, element] of value.entries()) visitStep(element, step ? at + 1 : at, [...path, index], step);
    } else if (!step) {
      if (isJsonObject(value)) found.push({ object: value, path });
    } else if (step.key === '') visitStep(value, at + 1, path, step);
    else if (isJsonObject(value) && Object.hasOwn(value, step.key)) {
      visitStep(value[step.key], at + 1, [...path, step.key], step);
    }
  };
  const visitStep = (value: unknown, at: number, path: readonly (string | number)[], step?: PathStep): void => {
    const typename = isJsonObject(value) ? value['__typename'] : undefined;
    if (typeof typename === 'string' && step?.types && !step.types.includes(typename)) return;
    visit(value, at, path);
  };
  visit(data, 0, []);
  return found;
}

/** The response names of a path, without lists and types. */
export function namesOf(steps: readonly PathStep[]): readonly string[] {
  return steps.filter(({ key }) => key !== '@' && key !== '').map(({ key }) => key);
}
