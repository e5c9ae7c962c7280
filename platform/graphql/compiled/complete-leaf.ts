import { type GraphQLLeafType, type GraphQLOutputType, isLeafType, isNonNullType } from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import type { FieldPlace } from './run.ts';

/** What the answer shows of a resolved leaf. Throws what is wrong with it. */
export type CompleteLeaf = (result: unknown) => unknown;

/** Compiles what becomes of the values of a scalar or an enum, which may be required; null for other types. */
export function compileLeaf(place: FieldPlace, type: GraphQLOutputType): CompleteLeaf | null {
  const leaf = isNonNullType(type) ? type.ofType : type;
  if (!isLeafType(leaf)) return null;
  return (result) => {
    if (result instanceof Error) throw result;
    if (result !== null && result !== undefined) return serialize(leaf, result);
    if (leaf === type) return null;
    throw nullError(place);
  };
}

/** What a null is answered with where it is not allowed. */
export function nullError({ type, definition }: FieldPlace): Error {
  return new Error(`Cannot return null for non-nullable field ${type.name}.${definition.name}.`);
}

function serialize(type: GraphQLLeafType, result: unknown): unknown {
  const shown: unknown = type.serialize(result);
  if (shown !== null && shown !== undefined) return shown;
  const call = `\`${inspect(type)}.serialize(${inspect(result)})\``;
  throw new Error(`Expected ${call} to return non-nullable value, returned: ${inspect(shown)}`);
}
