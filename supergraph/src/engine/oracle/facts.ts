import {
  type DirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  parse,
  type SelectionSetNode,
  type TypeNode,
  valueFromASTUntyped,
} from 'graphql';
import { readMembers } from './members.ts';

/** One subgraph as it is composed. */
export interface SubgraphText {
  readonly name: string;
  readonly sdl: string;
}

/** What all subgraphs together say of one field. */
export interface FieldFacts {
  /** The strictest of the subgraphs' types: data that satisfies it satisfies all. */
  readonly type: TypeNode;
  /** The subgraphs that resolve the field. */
  readonly homes: readonly string[];
  /** Whether all homes agree on where null is allowed. */
  readonly isUniform: boolean;
  /** What the field is computed from; null for most. */
  readonly requires: SelectionSetNode | null;
  /** The values of the arguments that have defaults. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** What the data and the subgraphs need to know of a set of SDLs. */
export interface Facts {
  readonly subgraphs: readonly (SubgraphText & { readonly document: DocumentNode })[];
  /** By `Type.field`; the fields of an interface object stand under the interface. */
  readonly fields: ReadonlyMap<string, FieldFacts>;
  /** The keys of each type by `subgraph/Type`, those that can be resolved. */
  readonly keys: ReadonlyMap<string, readonly SelectionSetNode[]>;
  /** The types with a key, by name. */
  readonly entities: ReadonlySet<string>;
  /** Selections that some subgraph counts on, each with the type it begins at: keys, @requires and @provides. */
  readonly reliedUpon: readonly {
    readonly type: string;
    readonly selection: SelectionSetNode;
    readonly for: 'key' | 'requires' | 'provides';
  }[];
  /** The values of each enum. */
  readonly enums: ReadonlyMap<string, readonly string[]>;
  /** The interfaces that a type implements anywhere. */
  interfacesOf(type: string): readonly string[];
  /** The object types that a type stands for in one subgraph. */
  possibleTypes(subgraph: string, type: string): readonly string[];
  /** The name that an object's type has in a subgraph: its own, or that of an interface object; null when it has none. */
  typeIn(subgraph: string, type: string): string | null;
}

/** Reads SDLs. @throws GraphQLError when one does not parse */
export function readFacts(texts: readonly SubgraphText[]): Facts {
  const subgraphs = texts.map((text) => ({ ...text, document: parse(text.sdl, { noLocation: true }) }));
  const members = readMembers(subgraphs);
  const fields = new Map<string, FieldFacts>();
  const keys = new Map<string, SelectionSetNode[]>();
  const entities = new Set<string>();
  const enums = new Map<string, string[]>();
  const reliedUpon: { type: string; selection: SelectionSetNode; for: 'key' | 'requires' | 'provides' }[] = [];
  for (const { subgraph, definition } of definitionsOf(subgraphs)) {
    if (definition.kind === Kind.ENUM_TYPE_DEFINITION)
      enums.set(definition.name.value, definition.values?.map(({ name }) => name.value) ?? []);
    if (!isFieldsDefinition(definition)) continue;
    const type = definition.name.value;
    const uses = directives(definition, 'key');
    const isInterface = definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
    if (uses.length > 0 && !isInterface) entities.add(type);
    reliedUpon.push(...uses.map((use) => ({ type, selection: selectionOf(use), for: 'key' as const })));
    const known = keys.get(`${subgraph}/${type}`) ?? [];
    keys.set(`${subgraph}/${type}`, [...known, ...uses.filter(isResolvable).map(selectionOf)]);
    for (const field of definition.fields ?? []) reliedUpon.push(...addField(fields, { subgraph, type }, field));
  }
  return { subgraphs, fields, keys, entities, enums, reliedUpon, ...members };
}

/** Whether a `@key` may be used to ask for an entity. */
export function isResolvable(key: DirectiveNode): boolean {
  return argument(key, 'resolvable') !== false;
}

/** A directive's uses on a node. */
export function directives(
  node: { readonly directives?: readonly DirectiveNode[] | undefined },
  name: string,
): readonly DirectiveNode[] {
  return (node.directives ?? []).filter((directive) => directive.name.value === name);
}

/** The definition or extension of an object type or interface. */
export function isFieldsDefinition(definition: DocumentNode['definitions'][number]) {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.OBJECT_TYPE_EXTENSION ||
    definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
    definition.kind === Kind.INTERFACE_TYPE_EXTENSION
  );
}

/** The type that a wrapped type ends in. */
export function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

function definitionsOf(subgraphs: Facts['subgraphs']) {
  return subgraphs.flatMap(({ name: subgraph, document }) =>
    document.definitions.map((definition) => ({ subgraph, definition })),
  );
}

function addField(
  fields: Map<string, FieldFacts>,
  { subgraph, type }: { readonly subgraph: string; readonly type: string },
  field: FieldDefinitionNode,
) {
  const coordinate = `${type}.${field.name.value}`;
  const known = fields.get(coordinate);
  const isExternal = directives(field, 'external').length > 0;
  const [requires] = directives(field, 'requires').map(selectionOf);
  const relied: Facts['reliedUpon'][number][] = requires ? [{ type, selection: requires, for: 'requires' }] : [];
  for (const selection of directives(field, 'provides').map(selectionOf))
    relied.push({ type: namedType(field.type), selection, for: 'provides' });
  if (isExternal && known) return relied;
  const homes = isExternal ? [] : [...(known?.homes ?? []), subgraph];
  const type_ = known && known.homes.length > 0 ? stricter(known.type, field.type) : field.type;
  const isUniform =
    known === undefined || known.homes.length === 0 || (same(known.type, field.type) && known.isUniform);
  const defaults = Object.fromEntries(
    (field.arguments ?? []).flatMap(({ name, defaultValue }) =>
      defaultValue ? [[name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
  fields.set(coordinate, { type: type_, homes, isUniform, requires: requires ?? known?.requires ?? null, defaults });
  return relied;
}

function stricter(one: TypeNode, other: TypeNode): TypeNode {
  if (one.kind === Kind.NON_NULL_TYPE || other.kind === Kind.NON_NULL_TYPE) {
    const inner = stricter(nullable(one), nullable(other));
    return inner.kind === Kind.NON_NULL_TYPE ? inner : { kind: Kind.NON_NULL_TYPE, type: inner };
  }
  if (one.kind === Kind.LIST_TYPE && other.kind === Kind.LIST_TYPE)
    return { kind: Kind.LIST_TYPE, type: stricter(one.type, other.type) };
  return one;
}

const nullable = (type: TypeNode): TypeNode => (type.kind === Kind.NON_NULL_TYPE ? type.type : type);

const same = (one: TypeNode, other: TypeNode): boolean => JSON.stringify(one) === JSON.stringify(other);

function selectionOf(directive: DirectiveNode): SelectionSetNode {
  const [definition] = parse(`{ ${String(argument(directive, 'fields'))} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('a selection is missing');
  return definition.selectionSet;
}

function argument(directive: DirectiveNode, name: string): unknown {
  const value = directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
  return value && 'value' in value ? value.value : undefined;
}
