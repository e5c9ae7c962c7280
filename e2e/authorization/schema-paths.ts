import { readFileSync } from 'node:fs';
import { type FieldDefinitionNode, Kind, parse, type TypeNode } from 'graphql';
import { type Class, classOf } from './law.ts';

/** The name of a subgraph. */
export const subgraphs = ['users', 'products', 'orders'] as const;
export type Subgraph = (typeof subgraphs)[number];

/** The fields of object types by name, with the types that they give. */
export type Fields = ReadonlyMap<
  string,
  ReadonlyMap<string, { readonly type: string; readonly needsArguments: boolean }>
>;

/** A way from an object to one of its values, and for whom each step of it is. */
export interface Path {
  readonly steps: readonly string[];
  readonly classes: readonly Class[];
}

/** What is an object of its own: a path that comes to another one ends at its id. */
const entities: ReadonlySet<string> = new Set(['User', 'Product', 'Order']);

/** The object types of some subgraphs as their SDLs define them; what is external belongs to another one. */
export function readFields(names: readonly Subgraph[]): Fields {
  const types = new Map<string, Map<string, { type: string; needsArguments: boolean }>>();
  for (const name of names) {
    for (const definition of parse(readFileSync(`schema/${name}.graphql`, 'utf8')).definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      const fields = types.get(definition.name.value) ?? new Map<string, { type: string; needsArguments: boolean }>();
      types.set(definition.name.value, fields);
      for (const field of definition.fields?.filter(isOwn) ?? []) {
        fields.set(field.name.value, { type: namedType(field.type), needsArguments: needsArguments(field) });
      }
    }
  }
  return types;
}

/** Every way from a type to a value, in the order of the SDL. */
export function pathsFrom(fields: Fields, type: string, before: Path = { steps: [], classes: [] }): readonly Path[] {
  if (before.steps.length > 0 && entities.has(type)) return [extend(before, type, 'id')];
  return [...(fields.get(type) ?? [])].flatMap(([name, field]) => {
    const path = extend(before, type, name);
    return fields.has(field.type) ? pathsFrom(fields, field.type, path) : [path];
  });
}

/** The types that a query, an event or an entity leads to; all others are only in answers to mutations. */
export function reachableTypes(fields: Fields): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (type: string) => {
    if (found.has(type) || !fields.has(type)) return;
    found.add(type);
    for (const field of fields.get(type)?.values() ?? []) visit(field.type);
  };
  for (const type of ['Query', 'Subscription', ...entities]) visit(type);
  return found;
}

/** `notifications { nodes { id } }` */
export function selectionOf({ steps }: Path): string {
  return steps.toReversed().reduce((inner, step) => (inner === '' ? step : `${step} { ${inner} }`), '');
}

const extend = ({ steps, classes }: Path, type: string, field: string): Path => ({
  steps: [...steps, field],
  classes: [...classes, classOf(type, field)],
});

const isOwn = ({ directives }: FieldDefinitionNode) => !directives?.some(({ name }) => name.value === 'external');

const needsArguments = ({ arguments: given }: FieldDefinitionNode) =>
  given?.some(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && !defaultValue) ?? false;

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
