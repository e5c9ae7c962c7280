import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionNode,
} from 'graphql';
import type { FieldsType } from './visible-fields.ts';

/** A place in the operation whose field was removed: response names, `@` for each list, and the @skip and @include on the way. */
export interface DeniedField {
  readonly path: readonly string[];
  readonly conditions: readonly DirectiveNode[];
}

/** What is left of a selection set. `hasContent` is false when only placeholders are left: nobody asked for what they fetch. */
export interface Remainder {
  readonly selections: readonly SelectionNode[];
  readonly hasContent: boolean;
}

/** What the walk over one operation needs and collects. */
export interface Removal {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly mayVisit: (parent: FieldsType, field: GraphQLField<unknown, unknown>) => boolean;
  readonly denied: DeniedField[];
  /** How many selections may yet be visited; fragments are expanded where they are used. */
  budget: number;
}

/**
 * Removes the fields that may not be seen. Of the fields around them:
 * - a nullable one of which nothing is left goes too: it is not asked for, and comes out null;
 * - so does a root field;
 * - any other non-null one stays with `__typename`, so that its null does not take its siblings along;
 * - a selection on an abstract type gets `__typename`, so that what was removed can be put back by type.
 * Fragment spreads become inline fragments.
 */
export function removeDenied(
  removal: Removal,
  selections: readonly SelectionNode[],
  parent: GraphQLNamedType,
  place: DeniedField,
): Remainder {
  const kept: SelectionNode[] = [];
  let hasContent = false;
  for (const selection of selections) {
    removal.budget -= 1;
    if (removal.budget < 0)
      throw new CodedError('BAD_USER_INPUT', 'The operation is too large once its fragments are expanded');
    const conditions = [...place.conditions, ...(selection.directives ?? []).filter(isCondition)];
    const left =
      selection.kind === Kind.FIELD
        ? keepField(removal, selection, parent, { ...place, conditions })
        : keepFragment(removal, selection, parent, { ...place, conditions });
    if (!left) continue;
    kept.push(left.node);
    hasContent ||= left.hasContent;
  }
  return { selections: kept, hasContent };
}

interface Kept {
  readonly node: SelectionNode;
  readonly hasContent: boolean;
}

const typenameField: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

function keepField(removal: Removal, node: FieldNode, parent: GraphQLNamedType, place: DeniedField): Kept | null {
  if (!isObjectType(parent) && !isInterfaceType(parent)) return { node, hasContent: true };
  const field = parent.getFields()[node.name.value];
  if (!field) return { node, hasContent: true };
  const path = [...place.path, node.alias?.value ?? node.name.value];
  if (!removal.mayVisit(parent, field)) {
    removal.denied.push({ path, conditions: place.conditions });
    return null;
  }
  if (!node.selectionSet) return { node, hasContent: true };
  const type = getNamedType(field.type);
  const inner = { path: [...path, ...listMarks(field)], conditions: place.conditions };
  const left = removeDenied(removal, node.selectionSet.selections, type, inner);
  const isRoot = place.path.length === 0;
  if (!left.hasContent && (isRoot || !isNonNullType(field.type))) return null;
  const needsTypename = isAbstractType(type) || left.selections.length === 0;
  const selections = needsTypename ? [typenameField, ...left.selections] : left.selections;
  return { node: { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections } }, hasContent: left.hasContent };
}

function keepFragment(
  removal: Removal,
  node: Exclude<SelectionNode, FieldNode>,
  parent: GraphQLNamedType,
  place: DeniedField,
): Kept | null {
  const fragment = node.kind === Kind.FRAGMENT_SPREAD ? removal.fragments.get(node.name.value) : node;
  if (!fragment) return null;
  const type = fragment.typeCondition ? removal.schema.getType(fragment.typeCondition.name.value) : parent;
  if (!type) return null;
  const left = removeDenied(removal, fragment.selectionSet.selections, type, place);
  if (left.selections.length === 0) return null;
  const { typeCondition } = fragment;
  const inline: InlineFragmentNode = {
    kind: Kind.INLINE_FRAGMENT,
    ...(typeCondition ? { typeCondition } : {}),
    directives: node.directives ?? [],
    selectionSet: { kind: Kind.SELECTION_SET, selections: left.selections },
  };
  return { node: inline, hasContent: left.hasContent };
}

function listMarks({ type }: GraphQLField<unknown, unknown>): readonly string[] {
  const marks: string[] = [];
  for (let current: unknown = type; isListType(current) || isNonNullType(current); current = current.ofType) {
    if (isListType(current)) marks.push('@');
  }
  return marks;
}

const isCondition = ({ name }: DirectiveNode) => name.value === 'skip' || name.value === 'include';
