import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Policies, Requirement } from '../../composition/supergraph.ts';
import type { Rights } from '../rights.ts';

/** An access rule that an operation meets, and whether its caller satisfies it. */
export interface AppliedPolicy {
  /** What the rule stands on: `User`, or `User.email`. */
  readonly on: string;
  /** As the schema writes it: `@requiresScopes(scopes: [["users:read"]])`. */
  readonly rules: readonly string[];
  readonly isSatisfied: boolean;
}

/** The access rules on what an operation asks for, fragments within, each once, by the name of what they stand on. Empty without rights. */
export function readAppliedPolicies(
  { schema, policies }: { readonly schema: GraphQLSchema; readonly policies: Policies },
  document: DocumentNode,
  rights: Rights,
): readonly AppliedPolicy[] {
  const met = new Map<string, Requirement>();
  const meet = (on: string, requirement: Requirement | undefined) => requirement && met.set(on, requirement);
  const info = new TypeInfo(schema);
  const enter = (node: FieldNode) => {
    const [parent, field] = [info.getParentType(), info.getFieldDef()];
    if (!parent || !field) return;
    const types = isInterfaceType(parent) ? [parent, ...schema.getPossibleTypes(parent)] : [parent];
    for (const { name } of types) {
      meet(name, policies.types.get(name));
      meet(`${name}.${node.name.value}`, policies.fields.get(`${name}.${node.name.value}`));
    }
    const { name } = getNamedType(field.type);
    meet(name, policies.types.get(name));
  };
  visit(document, visitWithTypeInfo(info, { Field: { enter } }));
  return [...met]
    .map(([on, requirement]) => ({ on, rules: describe(requirement), isSatisfied: rights.satisfies(requirement) }))
    .toSorted((one, other) => (one.on < other.on ? -1 : 1));
}

function describe({ authenticated, scopes, policies }: Requirement): readonly string[] {
  return [
    ...(authenticated ? ['@authenticated'] : []),
    ...(scopes.length > 0 ? [`@requiresScopes(scopes: ${JSON.stringify(scopes)})`] : []),
    ...(policies.length > 0 ? [`@policy(policies: ${JSON.stringify(policies)})`] : []),
  ];
}
