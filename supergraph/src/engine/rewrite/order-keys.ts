import { type ConstDirectiveNode, parse, print, visit } from 'graphql';
import { argumentOf } from '../../composition/links.ts';

/**
 * Puts the keys that a subgraph does not resolve behind those that it does. To come back to a subgraph for a field with
 * @requires, Apollo's planner takes the first key that it finds, whether it can be resolved or not.
 */
export function orderKeys(supergraphSdl: string): string {
  const order = <Node extends { readonly directives?: readonly ConstDirectiveNode[] }>(node: Node) => {
    const directives = node.directives ?? [];
    const late = directives.filter(isUnresolvable);
    return late.length === 0 || late.length === directives.length
      ? undefined
      : { ...node, directives: [...directives.filter((directive) => !isUnresolvable(directive)), ...late] };
  };
  const document = parse(supergraphSdl);
  const ordered = visit(document, { ObjectTypeDefinition: order, InterfaceTypeDefinition: order });
  return ordered === document ? supergraphSdl : print(ordered);
}

/** Source: specs.apollo.dev/join/v0.5#@type */
function isUnresolvable(directive: ConstDirectiveNode): boolean {
  return directive.name.value === 'join__type' && argumentOf(directive, 'resolvable') === false;
}
