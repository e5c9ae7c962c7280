import { isJsonObject, type JsonObject } from './merge.ts';
import { evaluate, quote, readProperty } from './source-text.ts';

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

/** Compiles a path into a function that finds the objects it leads to, in the order of the answer; nulls are left out. */
export function compilePath(steps: readonly PathStep[]): (data: JsonObject) => JsonObject[] {
  const source = writeStep(steps, 0);
  return evaluate(`return (v0) => { const found = []; ${source} return found; };`, { add }) as (
    data: JsonObject,
  ) => JsonObject[];
}

function writeStep(steps: readonly PathStep[], at: number): string {
  const [value, next] = [`v${at}`, `v${at + 1}`];
  const step = steps[at];
  if (!step) return `add(${value}, found);`;
  const rest = guardTypes(step, { value: next, source: writeStep(steps, at + 1) });
  if (step.key === '') return `{ const ${next} = ${value}; ${rest} }`;
  if (step.key !== '@') {
    return `if (typeof ${value} === 'object' && ${value} !== null) { const ${next} = ${readProperty(value, step.key)}; ${rest} }`;
  }
  return `if (Array.isArray(${value})) for (let i${at} = 0; i${at} < ${value}.length; i${at}++) { const ${next} = ${value}[i${at}]; ${rest} }`;
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

function add(value: unknown, found: JsonObject[]): void {
  if (Array.isArray(value)) for (const element of value as unknown[]) add(element, found);
  else if (isJsonObject(value)) found.push(value);
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
