import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
  isObjectType,
} from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import { isPromise } from '../is-promise.ts';
import type { Complete, Compiling, FieldPlace } from './run.ts';

/** An abstract type, and how values of its object types are completed. */
export interface Abstract {
  readonly type: GraphQLAbstractType;
  compile(type: GraphQLObjectType): Complete;
}

/** Compiles what becomes of the values of an interface or a union: that of the object type that each is of. */
export function compileRuntimeType(compiling: Compiling, place: FieldPlace, { type, compile }: Abstract): Complete {
  const compiled = new Map<unknown, Complete>();
  const completionOf = (name: unknown, result: unknown) => {
    const known = compiled.get(name);
    if (known) return known;
    const complete = compile(readRuntimeType(compiling, place, { type, name, result }));
    compiled.set(name, complete);
    return complete;
  };
  const resolveType = type.resolveType ?? defaultTypeResolver;
  return (run, info, path, result) => {
    const name: unknown = resolveType(result, run.contextValue, info, type);
    if (!isPromise(name)) return completionOf(name, result)(run, info, path, result);
    return name.then((resolved) => completionOf(resolved, result)(run, info, path, result));
  };
}

/** Source of the messages: graphql-js 16.15, execute.ts `ensureValidRuntimeType` */
function readRuntimeType(
  { schema }: Compiling,
  { type: parent, definition, fieldNodes: nodes }: FieldPlace,
  { type, name, result }: { readonly type: GraphQLAbstractType; readonly name: unknown; readonly result: unknown },
): GraphQLObjectType {
  const must = `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${parent.name}.${definition.name}"`;
  if (name === undefined || name === null) {
    const hint = `Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`;
    throw new GraphQLError(`${must}. ${hint}`, { nodes });
  }
  if (isObjectType(name)) {
    throw new GraphQLError(
      'Support for returning GraphQLObjectType from resolveType was removed in graphql-js@16.0.0 please return type name instead.',
    );
  }
  if (typeof name !== 'string') {
    throw new GraphQLError(`${must} with value ${inspect(result)}, received "${inspect(name)}".`);
  }
  const runtimeType = schema.getType(name);
  if (!runtimeType) {
    throw new GraphQLError(
      `Abstract type "${type.name}" was resolved to a type "${name}" that does not exist inside the schema.`,
      { nodes },
    );
  }
  if (!isObjectType(runtimeType)) {
    throw new GraphQLError(`Abstract type "${type.name}" was resolved to a non-object type "${name}".`, { nodes });
  }
  if (schema.isSubType(type, runtimeType)) return runtimeType;
  throw new GraphQLError(`Runtime Object type "${name}" is not a possible type for "${type.name}".`, { nodes });
}
