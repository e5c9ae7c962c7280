import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { InterfaceObject } from './interface-objects.ts';

/** What the response names begin with of fields that are fetched and not read. */
export const unreadPrefix = '_unread_';

/**
 * Makes the rewriting for one graph: a field that an interface object computes from others, and that is asked of
 * some of the types behind the interface, is asked of all of them. Apollo's planner puts what it requires into the representations of
 * all, but fetches it for those alone, so that nothing could be asked of the others. Nobody reads what comes too much.
 */
export function createEvenRequirements(
  schema: GraphQLSchema,
  interfaceObjects: ReadonlyMap<string, Pick<InterfaceObject, 'computed'>>,
): (document: DocumentNode) => DocumentNode {
  const families = [...interfaceObjects].flatMap(([name, { computed }]) => {
    const type = schema.getType(name);
    if (!isAbstractType(type) || computed.size === 0) return [];
    return [{ fields: computed, types: new Set(schema.getPossibleTypes(type).map((one) => one.name)), name }];
  });
  if (families.length === 0) return (document) => document;
  return (document) => {
    const typeInfo = new TypeInfo(schema);
    let count = 0;
    const added = (set: SelectionSetNode, type: GraphQLCompositeType): readonly SelectionNode[] => {
      const possible = isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [];
      if (possible.length < 2) return [];
      const asked = collectWithin({ schema, document }, set, type);
      return families.flatMap(({ name, fields, types }) =>
        [...fields].flatMap((field) => {
          const askers = new Set(asked.filter(({ node }) => node.name.value === field).map(({ on }) => on));
          const others = possible.filter((one) => types.has(one) && !askers.has(one));
          const example = asked.find(({ node, on }) => node.name.value === field && types.has(on))?.node;
          if (!example || askers.has(name)) return [];
          count += 1;
          return others.map((one) => fragmentOn(one, unread(example, count)));
        }),
      );
    };
    return visit(
      document,
      visitWithTypeInfo(typeInfo, {
        Field: {
          enter(node) {
            const type = getNamedType(typeInfo.getType());
            if (!node.selectionSet || !type || !isCompositeType(type)) return undefined;
            const more = added(node.selectionSet, type);
            if (more.length === 0) return undefined;
            const selections = [...node.selectionSet.selections, ...more];
            return { ...node, selectionSet: { ...node.selectionSet, selections } };
          },
        },
      }),
    );
  };
}

interface Asked {
  readonly node: FieldNode;
  /** The type that it is asked of. */
  readonly on: string;
}

/** The fields that stand in fragments of a selection. */
function collectWithin(
  at: { readonly schema: GraphQLSchema; readonly document: DocumentNode },
  { selections }: SelectionSetNode,
  type: GraphQLCompositeType,
): readonly Asked[] {
  return selections.flatMap((node): readonly Asked[] => {
    if (node.kind === Kind.FIELD) return [];
    const fragment =
      node.kind === Kind.INLINE_FRAGMENT
        ? node
        : at.document.definitions.find(
            (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === node.name.value,
          );
    if (!fragment || !('selectionSet' in fragment) || !fragment.selectionSet) return [];
    const condition = 'typeCondition' in fragment ? fragment.typeCondition?.name.value : undefined;
    const inner = condition === undefined ? type : at.schema.getType(condition);
    if (!isCompositeType(inner)) return [];
    const own = fragment.selectionSet.selections.flatMap((one) =>
      one.kind === Kind.FIELD && (isObjectType(inner) || isAbstractType(inner)) ? [{ node: one, on: inner.name }] : [],
    );
    return [...own, ...collectWithin(at, fragment.selectionSet, inner)];
  });
}

/** A field whose value nobody reads. */
function unread(node: FieldNode, number: number): FieldNode {
  const { selectionSet, ...rest } = node;
  const alias = { kind: Kind.NAME as const, value: `${unreadPrefix}${number}_${node.name.value}` };
  return { ...rest, alias, ...(selectionSet ? { selectionSet: onlyTypename } : {}) };
}

const onlyTypename: SelectionSetNode = {
  kind: Kind.SELECTION_SET,
  selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }],
};

function fragmentOn(type: string, node: FieldNode): SelectionNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
    selectionSet: { kind: Kind.SELECTION_SET, selections: [node] },
  };
}
