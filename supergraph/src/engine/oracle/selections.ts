import { Kind, type SelectionSetNode, valueFromASTUntyped } from 'graphql';
import type { StoredObject } from './data.ts';
import type { Facts } from './facts.ts';
import { fieldOf } from './relied-upon.ts';

/** Reads a field of an object. */
export type ReadField = (object: StoredObject, field: string, args: Readonly<Record<string, unknown>>) => unknown;

interface SelectDeps {
  readonly facts: Facts;
  readonly read: ReadField;
}

/** What a selection gives of an object, in full. */
export function select(deps: SelectDeps, selection: SelectionSetNode, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => select(deps, selection, item));
  if (value === null || typeof value !== 'object') return value;
  const object = value as StoredObject;
  const result: Record<string, unknown> = {};
  for (const node of selection.selections) {
    if (node.kind === Kind.FRAGMENT_SPREAD) continue;
    if (node.kind === Kind.INLINE_FRAGMENT) {
      if (isOfType(deps.facts, object.type, node.typeCondition?.name.value))
        Object.assign(result, select(deps, node.selectionSet, object));
      continue;
    }
    const name = node.name.value;
    const given = (node.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]);
    const args = { ...fieldOf(deps.facts, object.type, name)?.defaults, ...Object.fromEntries(given) };
    const found = name === '__typename' ? object.type : deps.read(object, name, args);
    result[name] = node.selectionSet ? select(deps, node.selectionSet, found) : found;
  }
  return result;
}

/** The part of a representation that a selection names. What is missing shows as such. */
export function project(facts: Facts, selection: SelectionSetNode, value: unknown, type?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => project(facts, selection, item));
  if (value === null || value === undefined || typeof value !== 'object') return value;
  const given = value as Readonly<Record<string, unknown>>;
  const concrete = type ?? (typeof given['__typename'] === 'string' ? given['__typename'] : '');
  const result: Record<string, unknown> = {};
  for (const node of selection.selections) {
    if (node.kind === Kind.FRAGMENT_SPREAD) continue;
    if (node.kind === Kind.INLINE_FRAGMENT) {
      if (isOfType(facts, concrete, node.typeCondition?.name.value))
        Object.assign(result, project(facts, node.selectionSet, given, concrete));
      continue;
    }
    const found = Object.hasOwn(given, node.name.value) ? given[node.name.value] : 'missing';
    result[node.name.value] = node.selectionSet ? project(facts, node.selectionSet, found) : found;
  }
  return result;
}

function isOfType(facts: Facts, concrete: string, condition: string | undefined): boolean {
  return condition === undefined || condition === concrete || facts.interfacesOf(concrete).includes(condition);
}

/** JSON with sorted keys. */
export function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${stable(item)}`).join(',')}}`;
}
