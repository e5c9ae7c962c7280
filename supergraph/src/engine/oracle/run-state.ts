import type { GraphQLFieldResolver, GraphQLTypeResolver } from 'graphql';
import type { Data, StoredObject } from './data.ts';
import { type Fault, faultAt } from './faults.ts';

/** What the resolvers of one execution work with. */
export interface RunState {
  readonly data: Data;
  readonly faults: readonly Fault[];
  /** How many mutation fields have run: their order shows in their values. */
  mutations: number;
}

/** Resolves every field of every schema from the data of the run. */
export const resolveField: GraphQLFieldResolver<unknown, RunState> = (source, args, run, info) => {
  const object = (source ?? { type: info.parentType.name, id: info.parentType.name }) as StoredObject;
  const fault = faultAt(run.faults, object, info.fieldName);
  if (object.type === 'Mutation') run.mutations += 1;
  if (fault !== undefined) return fault;
  if (object.type === 'Mutation' && String(info.returnType).startsWith('Int')) return run.mutations;
  return run.data.valueOf(object, info.fieldName, args);
};

/** Every object knows its type. */
export const resolveType: GraphQLTypeResolver<unknown, RunState> = (value) => (value as StoredObject).type;
