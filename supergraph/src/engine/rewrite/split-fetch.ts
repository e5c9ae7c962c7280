import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import type { Needs, SeparatedSupergraph } from './required-arguments.ts';

/** The fields of one fetch that can be asked for with one representation. */
interface Part {
  readonly needs: Map<string, string>;
  readonly fields: Set<SelectionNode>;
}

/**
 * Splits a fetch of entities whose fields need one name for several values, so that each part has one value for a name. Other
 * fetches come back as they are.
 */
export function splitFetch({ needs, standIns }: SeparatedSupergraph, fetch: FetchNode): readonly FetchNode[] {
  const { requires, serviceName } = fetch;
  if (!requires) return [fetch];
  const operation = readExpanded(fetch.operation);
  const parts: Part[] = [{ needs: new Map(), fields: new Set() }];
  for (const { type, node } of entityFields(operation.selectionSet)) {
    const own: Needs = needs.get(`${serviceName}/${type}.${node.name.value}`) ?? new Map<string, string>();
    const part = parts.find((candidate) => isCompatible(candidate.needs, own)) ?? addPart(parts);
    part.fields.add(node);
    for (const [place, name] of own) part.needs.set(place, name);
  }
  if (parts.length === 1) return [fetch];
  const originalOf = (name: string) => standIns.get(name)?.field.name.value ?? name;
  return parts.map((part) => ({
    ...fetch,
    ...askOnly(operation, part.fields, fetch.variableUsages ?? []),
    requires: keepNeeded(requires, (path) => {
      const name = path.at(-1) ?? '';
      return !standIns.has(name) || part.needs.get(path.map(originalOf).join('.')) === name;
    }),
  }));
}

function addPart(parts: Part[]): Part {
  const part: Part = { needs: new Map(), fields: new Set() };
  parts.push(part);
  return part;
}

function isCompatible(needs: Needs, others: Needs): boolean {
  return [...others].every(([place, name]) => (needs.get(place) ?? name) === name);
}

/** The operation of a fetch, its fragments put where they are spread. */
function readExpanded(text: string): OperationDefinitionNode {
  const document: DocumentNode = parse(text, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  }
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('a fetch has no operation');
  return visit(operation, {
    FragmentSpread({ name, directives = [] }): InlineFragmentNode | undefined {
      const { typeCondition, selectionSet } = fragments.get(name.value) ?? {};
      if (!typeCondition || !selectionSet) return undefined;
      return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet };
    },
  });
}

/** What is asked of each entity, with the type that it is asked of. */
function entityFields({
  selections,
}: SelectionSetNode): readonly { readonly type: string; readonly node: FieldNode }[] {
  const visitSet = (set: SelectionSetNode, type: string): readonly { type: string; node: FieldNode }[] =>
    set.selections.flatMap((node) => {
      if (node.kind === Kind.FIELD) return [{ type, node }];
      return node.kind === Kind.INLINE_FRAGMENT
        ? visitSet(node.selectionSet, node.typeCondition?.name.value ?? type)
        : [];
    });
  return selections.flatMap((node) =>
    node.kind === Kind.FIELD && node.selectionSet ? visitSet(node.selectionSet, '') : [],
  );
}

/** The operation with only these of the entities' fields, and the variables that it still uses. */
function askOnly(
  operation: OperationDefinitionNode,
  fields: ReadonlySet<SelectionNode>,
  variableUsages: readonly string[],
): Pick<FetchNode, 'operation' | 'variableUsages'> {
  const keep = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((node): readonly SelectionNode[] => {
      if (node.kind !== Kind.INLINE_FRAGMENT) return fields.has(node) ? [node] : [];
      const selectionSet = keep(node.selectionSet);
      return selectionSet.selections.length > 0 ? [{ ...node, selectionSet }] : [];
    }),
  });
  const selections = operation.selectionSet.selections.map((node) =>
    node.kind === Kind.FIELD && node.selectionSet ? { ...node, selectionSet: keep(node.selectionSet) } : node,
  );
  const asked = { ...operation, selectionSet: { ...operation.selectionSet, selections } };
  const used = new Set<string>();
  visit(asked, { VariableDefinition: () => false, Variable: ({ name }) => void used.add(name.value) });
  const variableDefinitions =
    operation.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? [];
  return {
    operation: stripIgnoredCharacters(print({ ...asked, variableDefinitions })),
    variableUsages: variableUsages.filter((name) => used.has(name)),
  };
}

function keepNeeded(
  selections: readonly QueryPlanSelectionNode[],
  isNeeded: (path: readonly string[]) => boolean,
  path: readonly string[] = [],
): QueryPlanSelectionNode[] {
  return selections.flatMap((selection): readonly QueryPlanSelectionNode[] => {
    const inner = selection.kind === 'Field' ? [...path, selection.name] : path;
    if (selection.kind === 'Field' && !isNeeded(inner)) return [];
    if (!selection.selections) return [selection];
    const kept = keepNeeded(selection.selections, isNeeded, inner);
    return kept.length > 0 ? [{ ...selection, selections: kept }] : [];
  });
}
