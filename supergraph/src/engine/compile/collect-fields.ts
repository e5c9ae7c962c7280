import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { deferredLabel } from '../defer/defer-directive.ts';

/** What collecting needs to know of an operation. */
export interface Collection {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The values of the variables that @skip, @include and @defer mention. */
  readonly flags: ReadonlyMap<string, boolean>;
}

/**
 * The fields that an object of the type answers, by response name, in the order of the answer. `type` is an object type, or an
 * abstract one for an object of which nothing more is known. What is deferred of it goes to `deferred`, by label.
 * Source: GraphQL October 2021, 6.3.2 CollectFields
 */
export function collectFields(
  collection: Collection,
  type: GraphQLNamedType,
  sets: readonly SelectionSetNode[],
  deferred?: Map<string, SelectionSetNode>,
): ReadonlyMap<string, readonly FieldNode[]> {
  const found = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  const visit = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!isIncluded(collection, selection.directives ?? [])) continue;
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        const nodes = found.get(name);
        if (nodes) nodes.push(selection);
        else found.set(name, [selection]);
        continue;
      }
      const label = deferredLabel(selection, collection.flags);
      if (label !== undefined && selection.kind === Kind.INLINE_FRAGMENT) {
        deferred?.set(label, selection.selectionSet);
        continue;
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? unvisited(collection, visited, selection.name.value) : selection;
      if (fragment && applies(collection.schema, fragment.typeCondition?.name.value, type)) {
        visit(fragment.selectionSet);
      }
    }
  };
  for (const set of sets) visit(set);
  return found;
}

/** The variables that decide whether a selection of the document is included, and whether it is deferred. */
export function flagNames(sets: readonly SelectionSetNode[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      for (const name of (selection.directives ?? []).flatMap(variablesOf)) names.add(name);
      if ('selectionSet' in selection && selection.selectionSet) visit(selection.selectionSet);
    }
  };
  for (const set of sets) visit(set);
  return names;
}

function variablesOf({ name, arguments: given = [] }: DirectiveNode): readonly string[] {
  if (name.value !== 'skip' && name.value !== 'include' && name.value !== 'defer') return [];
  return given.flatMap(({ value }) => (value.kind === Kind.VARIABLE ? [value.name.value] : []));
}

function unvisited({ fragments }: Collection, visited: Set<string>, name: string): FragmentDefinitionNode | undefined {
  if (visited.has(name)) return undefined;
  visited.add(name);
  return fragments.get(name);
}

function isIncluded({ flags }: Collection, directives: readonly DirectiveNode[]): boolean {
  return directives.every(({ name, arguments: given = [] }) => {
    if (name.value !== 'skip' && name.value !== 'include') return true;
    const value = given.find((argument) => argument.name.value === 'if')?.value;
    const holds =
      value?.kind === Kind.VARIABLE
        ? flags.get(value.name.value) === true
        : value?.kind === Kind.BOOLEAN && value.value;
    return name.value === 'include' ? holds : !holds;
  });
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLNamedType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const wanted = schema.getType(condition);
  if (!wanted || !isAbstractType(wanted)) return false;
  return (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wanted, type);
}
