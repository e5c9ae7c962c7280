import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  type TypeNode,
  visit,
} from 'graphql';
import { argumentOf } from '../../composition/links.ts';

/** A field that stands for another one with certain arguments. */
export interface StandIn {
  readonly name: string;
  /** The field that it stands for, with its arguments. */
  readonly field: FieldNode;
}

/** What a field needs of the fields that stand in for others: the name of each by its place, `box.weight`, without types. */
export type Needs = ReadonlyMap<string, string>;

/** A supergraph in which each `price(currency: EUR)` that a `@requires` names is a field of its own. */
export interface SeparatedSupergraph {
  readonly sdl: string;
  readonly standIns: ReadonlyMap<string, StandIn>;
  /** What the fields with `@requires` need, by `subgraph/Type.field`. */
  readonly needs: ReadonlyMap<string, Needs>;
}

type FieldsDefinition = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/**
 * Gives a name of its own to every field that `@requires` names with different arguments. Apollo's planner fetches one of them and
 * uses it for all. Null when a supergraph has none. What is planned on it must be put back by `restoreArguments`.
 * Source: specs.apollo.dev/join/v0.5#@field, requires
 */
export function separateRequiredArguments(supergraphSdl: string): SeparatedSupergraph | null {
  const document = parse(supergraphSdl, { noLocation: true });
  const types = readTypes(document);
  const requirements = readRequirements(document, types);
  const standIns = nameStandIns(supergraphSdl, requirements);
  if (standIns.byField.size === 0) return null;
  const added = new Map<string, Map<string, FieldDefinitionNode>>();
  const needs = new Map<string, Needs>();
  const replaced = new Map<ConstDirectiveNode, ConstDirectiveNode>();
  for (const requirement of requirements) {
    const found = new Map<string, string>();
    const selection = replace({ types, standIns, added, found }, requirement.selection, requirement.type);
    if (found.size === 0) continue;
    needs.set(`${requirement.subgraph}/${requirement.type}.${requirement.field}`, found);
    replaced.set(requirement.directive, withRequires(requirement.directive, selection));
  }
  const addFields = (node: FieldsDefinition) => {
    const fields = (node.fields ?? []).map((field) => replaceDirectives(field, replaced));
    const more = [...(added.get(node.name.value)?.values() ?? [])];
    return { ...node, fields: [...fields, ...more.map((field) => replaceDirectives(field, replaced))] };
  };
  const separated = visit(document, {
    ObjectTypeDefinition: { leave: addFields },
    InterfaceTypeDefinition: { leave: addFields },
  });
  return { sdl: print(separated), standIns: standIns.byName, needs };
}

interface Requirement {
  readonly subgraph: string;
  readonly type: string;
  readonly field: string;
  readonly directive: ConstDirectiveNode;
  readonly selection: SelectionSetNode;
}

function readTypes({ definitions }: DocumentNode): ReadonlyMap<string, FieldsDefinition> {
  return new Map(
    definitions.flatMap((one) =>
      one.kind === Kind.OBJECT_TYPE_DEFINITION || one.kind === Kind.INTERFACE_TYPE_DEFINITION
        ? [[one.name.value, one] as const]
        : [],
    ),
  );
}

function readRequirements(
  document: DocumentNode,
  types: ReadonlyMap<string, FieldsDefinition>,
): readonly Requirement[] {
  const nameOfGraph = readGraphNames(document);
  return [...types.values()].flatMap(({ name: { value: type }, fields = [] }) =>
    fields.flatMap(({ name: { value: field }, directives = [] }) =>
      directives.flatMap((directive) => {
        const requires = directive.name.value === 'join__field' ? argumentOf(directive, 'requires') : undefined;
        if (typeof requires !== 'string') return [];
        const subgraph = nameOfGraph.get(String(argumentOf(directive, 'graph'))) ?? '';
        return [{ subgraph, type, field, directive, selection: parseSelection(requires) }];
      }),
    ),
  );
}

/** Source: specs.apollo.dev/join/v0.5#@graph */
function readGraphNames({ definitions }: DocumentNode): ReadonlyMap<string, string> {
  const graphs = definitions.find((one) => one.kind === Kind.ENUM_TYPE_DEFINITION && one.name.value === 'join__Graph');
  const values = graphs?.kind === Kind.ENUM_TYPE_DEFINITION ? (graphs.values ?? []) : [];
  return new Map(
    values.map(({ name, directives = [] }) => {
      const directive = directives.find((one) => one.name.value === 'join__graph');
      return [name.value, String(directive && argumentOf(directive, 'name'))];
    }),
  );
}

function parseSelection(text: string): SelectionSetNode {
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('a selection is missing');
  return definition.selectionSet;
}

interface StandIns {
  readonly byName: ReadonlyMap<string, StandIn>;
  /** By the field with its arguments. */
  readonly byField: ReadonlyMap<string, StandIn>;
}

/** Names are chosen for all types alike: a field of equal name on another type may be the same one behind an interface. */
function nameStandIns(supergraphSdl: string, requirements: readonly Requirement[]): StandIns {
  const asked = new Map<string, Map<string, FieldNode>>();
  for (const { selection } of requirements) {
    visit(selection, {
      Field(node) {
        const known = asked.get(node.name.value) ?? new Map<string, FieldNode>();
        asked.set(node.name.value, known.set(describeField(node), node));
      },
    });
  }
  const byField = new Map<string, StandIn>();
  for (const [name, fields] of asked) {
    if (fields.size === 1) continue;
    let number = 0;
    for (const [key, field] of fields) {
      do number += 1;
      while (supergraphSdl.includes(`${name}__${number}`));
      byField.set(key, { name: `${name}__${number}`, field });
    }
  }
  return { byField, byName: new Map([...byField.values()].map((standIn) => [standIn.name, standIn])) };
}

function describeField({ name, arguments: given = [] }: FieldNode): string {
  return `${name.value} ${given.map(print).sort().join()}`;
}

interface Replacing {
  readonly types: ReadonlyMap<string, FieldsDefinition>;
  readonly standIns: StandIns;
  /** The fields to add to each type. */
  readonly added: Map<string, Map<string, FieldDefinitionNode>>;
  readonly found: Map<string, string>;
}

function replace(
  replacing: Replacing,
  { selections }: SelectionSetNode,
  type: string,
  path: readonly string[] = [],
): SelectionSetNode {
  const replaced = selections.map((node) => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return node;
    if (node.kind === Kind.INLINE_FRAGMENT) {
      const inner = node.typeCondition?.name.value ?? type;
      return { ...node, selectionSet: replace(replacing, node.selectionSet, inner, path) };
    }
    const definition = replacing.types.get(type)?.fields?.find(({ name }) => name.value === node.name.value);
    const inner = definition && namedType(definition.type);
    const place = [...path, node.name.value];
    const selected =
      node.selectionSet && inner
        ? { ...node, selectionSet: replace(replacing, node.selectionSet, inner, place) }
        : node;
    const standIn = replacing.standIns.byField.get(describeField(node));
    if (!standIn) return selected;
    replacing.found.set(place.join('.'), standIn.name);
    addStandIn(replacing, standIn, type);
    return { ...selected, name: { kind: Kind.NAME as const, value: standIn.name }, arguments: [] };
  });
  return { kind: Kind.SELECTION_SET, selections: replaced };
}

/** Adds the field to a type, and to those that implement it. */
function addStandIn({ types, added }: Replacing, { name, field }: StandIn, type: string): void {
  for (const one of types.values()) {
    const isMeant = one.name.value === type || one.interfaces?.some((implemented) => implemented.name.value === type);
    const original = isMeant && one.fields?.find((candidate) => candidate.name.value === field.name.value);
    if (!original) continue;
    const { description: _, ...rest } = original;
    const fields = added.get(one.name.value) ?? new Map<string, FieldDefinitionNode>();
    added.set(one.name.value, fields.set(name, { ...rest, name: { kind: Kind.NAME, value: name }, arguments: [] }));
  }
}

function replaceDirectives(
  field: FieldDefinitionNode,
  replaced: ReadonlyMap<ConstDirectiveNode, ConstDirectiveNode>,
): FieldDefinitionNode {
  return { ...field, directives: (field.directives ?? []).map((directive) => replaced.get(directive) ?? directive) };
}

function withRequires(directive: ConstDirectiveNode, selection: SelectionSetNode): ConstDirectiveNode {
  const value = selection.selections.map(print).join(' ').replaceAll(/\s+/g, ' ');
  const given = (directive.arguments ?? []).map((argument) =>
    argument.name.value === 'requires' ? { ...argument, value: { kind: Kind.STRING as const, value } } : argument,
  );
  return { ...directive, arguments: given };
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
