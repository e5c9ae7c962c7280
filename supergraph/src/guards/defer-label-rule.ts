import { type ASTVisitor, type DirectiveNode, GraphQLError, Kind, type ValidationContext } from 'graphql';

/**
 * A label of @defer is a literal, and names one part of a document: clients tell parts apart by it.
 * Source: the incremental delivery RFC as of 2022-08-24, Defer And Stream Directive Labels Are Unique
 */
export function deferLabelRule(context: ValidationContext): ASTVisitor {
  const known = new Map<string, DirectiveNode>();
  return {
    Directive(node) {
      const label = node.arguments?.find(({ name }) => name.value === 'label')?.value;
      if (node.name.value !== 'defer' || !label || label.kind === Kind.NULL) return;
      if (label.kind !== Kind.STRING) {
        context.reportError(new GraphQLError('The label of "@defer" must be a literal string.', { nodes: node }));
        return;
      }
      const other = known.get(label.value);
      known.set(label.value, node);
      if (!other) return;
      context.reportError(
        new GraphQLError(`There can be only one "@defer" with the label "${label.value}".`, { nodes: [other, node] }),
      );
    },
  };
}
