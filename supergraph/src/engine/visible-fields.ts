import {
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
} from 'graphql';
import type { Policies, Requirement } from '../composition/supergraph.ts';
import type { Rights } from './rights.ts';

/** A type that has fields. */
export type FieldsType = GraphQLObjectType | GraphQLInterfaceType;

/**
 * Makes the test for fields: true when the caller may see `parent.field`. It needs the rights to the parent type, to the field
 * and to the type of the field; for an interface also those to each type that implements it, since the object may be any.
 */
export function fieldGate(
  { schema, policies }: { readonly schema: GraphQLSchema; readonly policies: Policies },
  rights: Rights,
): (parent: FieldsType, field: GraphQLField<unknown, unknown>) => boolean {
  const remembered = new Map<string, boolean>();
  const holds = (requirement: Requirement | undefined) => requirement === undefined || rights.satisfies(requirement);
  const isOpen = (parent: FieldsType, field: GraphQLField<unknown, unknown>): boolean =>
    holds(policies.types.get(parent.name)) &&
    holds(policies.fields.get(`${parent.name}.${field.name}`)) &&
    holds(policies.types.get(getNamedType(field.type).name));
  return (parent, field) => {
    const key = `${parent.name}.${field.name}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const implementers = isInterfaceType(parent) ? schema.getPossibleTypes(parent) : [];
    const open =
      isOpen(parent, field) &&
      implementers.every((type) => {
        const own = type.getFields()[field.name];
        return own === undefined || isOpen(type, own);
      });
    remembered.set(key, open);
    return open;
  };
}
