import {
  type DirectiveNode,
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLNonNull,
  GraphQLSchema,
  GraphQLString,
  Kind,
  type ASTNode,
  type SelectionNode,
  type ValueNode,
  visit,
} from 'graphql';

const deferName = 'defer';

/** The schema with `@defer`, which clients may use on fragments. Source: the incremental delivery RFC as of 2022-08-24 */
export function withDeferDirective(schema: GraphQLSchema): GraphQLSchema {
  if (schema.getDirective(deferName)) return schema;
  const directive = new GraphQLDirective({
    name: deferName,
    description: 'What stands in the fragment may come later than the rest of the answer, as a part of its own.',
    locations: [DirectiveLocation.FRAGMENT_SPREAD, DirectiveLocation.INLINE_FRAGMENT],
    args: {
      label: { type: GraphQLString },
      if: { type: new GraphQLNonNull(GraphQLBoolean), defaultValue: true },
    },
  });
  return new GraphQLSchema({ ...schema.toConfig(), directives: [...schema.getDirectives(), directive] });
}

/** True for `@defer`. */
export function isDefer(directive: DirectiveNode): boolean {
  return directive.name.value === deferName;
}

/** True when there is a `@defer` somewhere. */
export function hasDefer(node: ASTNode): boolean {
  let found = false;
  visit(node, {
    Directive(directive) {
      found ||= isDefer(directive);
    },
  });
  return found;
}

/** A `@defer` without its condition, or null, where `flags` decide; every other directive as it is. */
export function settleDefer(directive: DirectiveNode, flags: ReadonlyMap<string, boolean>): DirectiveNode | null {
  const condition = isDefer(directive) ? argumentOf(directive, 'if') : undefined;
  const isOn = condition?.kind === Kind.VARIABLE ? flags.get(condition.name.value) : undefined;
  if (isOn === undefined) return directive;
  const { arguments: given = [] } = directive;
  return isOn ? { ...directive, arguments: given.filter(({ name }) => name.value !== 'if') } : null;
}

/** What is given for an argument of a directive. */
export function argumentOf(directive: DirectiveNode, argument: string): ValueNode | undefined {
  return directive.arguments?.find((one) => one.name.value === argument)?.value;
}

/** What a `@defer` calls its part; undefined when it has no label. */
export function labelOf(defer: DirectiveNode): string | undefined {
  const label = argumentOf(defer, 'label');
  return label?.kind === Kind.STRING ? label.value : undefined;
}

/**
 * The label of a fragment that is deferred; undefined when it is not. For operations in which each part has a label (`Defers.inParts`).
 * `flags` decide where @defer has a condition.
 */
export function deferredLabel(selection: SelectionNode, flags: ReadonlyMap<string, boolean>): string | undefined {
  const defer = selection.kind === Kind.FIELD ? undefined : selection.directives?.find(isDefer);
  const condition = defer && argumentOf(defer, 'if');
  const isOff = condition?.kind === Kind.VARIABLE && flags.get(condition.name.value) !== true;
  return defer && !isOff ? labelOf(defer) : undefined;
}
