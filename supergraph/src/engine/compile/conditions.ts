import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  Kind,
  type SelectionNode,
  visit,
} from 'graphql';
import { settleDefer } from '../defer/defer-directive.ts';

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/**
 * Takes @skip and @include out of an operation as far as `flags` and literals decide on them, with what they exclude, and the
 * conditions of @defer. The planner forgets siblings of conditional fields; without conditions it does not. A selection of which nothing is left asks
 * for `__typename`.
 */
export function resolveConditions(document: DocumentNode, flags: ReadonlyMap<string, boolean>): DocumentNode {
  const resolve = <Node extends FieldNode | InlineFragmentNode | FragmentSpreadNode>(node: Node): Node | null => {
    const values = (node.directives ?? []).map((directive) => ({ directive, isMet: isMet(directive, flags) }));
    if (values.some((value) => value.isMet === false)) return null;
    const left = values.filter((value) => value.isMet === undefined).map(({ directive }) => directive);
    const directives = left.flatMap((directive) => settleDefer(directive, flags) ?? []);
    const isSame = directives.length === values.length && directives.every((one, at) => one === values[at]?.directive);
    return isSame ? node : { ...node, directives };
  };
  return visit(document, {
    SelectionSet: {
      enter(set) {
        const selections = set.selections.flatMap((selection): readonly SelectionNode[] => {
          const left = resolve(selection);
          return left ? [left] : [];
        });
        return { ...set, selections: selections.length > 0 ? selections : [typename] };
      },
    },
  });
}

/** Undefined for another directive, or when a variable decides whose value is not given. */
function isMet(
  { name, arguments: given = [] }: DirectiveNode,
  flags: ReadonlyMap<string, boolean>,
): boolean | undefined {
  if (name.value !== 'skip' && name.value !== 'include') return undefined;
  const value = given.find((argument) => argument.name.value === 'if')?.value;
  const holds =
    value?.kind === Kind.BOOLEAN
      ? value.value
      : value?.kind === Kind.VARIABLE
        ? flags.get(value.name.value)
        : undefined;
  return holds === undefined ? undefined : holds === (name.value === 'include');
}
