import {
  type GraphQLSchema,
  isEnumType,
  isInputType,
  isNonNullType,
  isScalarType,
  type OperationDefinitionNode,
  typeFromAST,
  type TypeNode,
  valueFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { coerceVariables } from './operation.ts';

/** Coerces the variables of one operation. @throws CodedError BAD_USER_INPUT */
export type Coerce = (given: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** A variable whose good values are what they are coerced to. */
interface PlainVariable {
  readonly name: string;
  /** What it is when it is not given; undefined when it is then not there. */
  readonly byDefault: unknown;
  readonly mayBeMissing: boolean;
  isGood(value: unknown): boolean;
}

const none: Readonly<Record<string, unknown>> = Object.freeze({});
const largestInt = 2 ** 31;

/** What the scalars of the language take as it is. Source: GraphQL October 2021, 3.5.1 to 3.5.5 */
const plainScalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  Int: (value) => Number.isInteger(value) && Number(value) < largestInt && Number(value) >= -largestInt,
  Float: (value) => Number.isFinite(value),
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  ID: (value) => typeof value === 'string',
};

/**
 * Compiles what `coerceVariables` does for an operation: variables of scalars and enums that need no coercion are looked at and
 * taken over. Whatever else comes, or is wrong with them, graphql-js says.
 */
export function compileCoercion(schema: GraphQLSchema, operation: OperationDefinitionNode): Coerce {
  const { variableDefinitions = [] } = operation;
  if (variableDefinitions.length === 0) return () => none;
  const plain = variableDefinitions.map((definition) => readPlainVariable(schema, definition));
  const coerceAll: Coerce = (given) => coerceVariables(schema, operation, given);
  if (!plain.every((variable) => variable !== null)) return coerceAll;
  return (given) => takeOver(plain, given) ?? coerceAll(given);
}

function takeOver(
  plain: readonly PlainVariable[],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> | null {
  const taken: Record<string, unknown> = {};
  for (const { name, mayBeMissing, byDefault, isGood } of plain) {
    if (!Object.hasOwn(given, name)) {
      if (!mayBeMissing) return null;
      if (byDefault !== undefined) taken[name] = byDefault;
      continue;
    }
    const value = given[name];
    if (!isGood(value)) return null;
    taken[name] = value;
  }
  return taken;
}

/** Null for one whose good values may have to change. */
function readPlainVariable(
  schema: GraphQLSchema,
  { variable, type: node, defaultValue }: VariableDefinitionNode,
): PlainVariable | null {
  const type = typeFromAST(schema, node as TypeNode);
  if (!isInputType(type)) return null;
  const isRequired = isNonNullType(type);
  const isPlain = plainValuesOf(isRequired ? type.ofType : type);
  if (!isPlain) return null;
  return {
    name: variable.name.value,
    byDefault: defaultValue && valueFromAST(defaultValue, type),
    mayBeMissing: !isRequired || defaultValue !== undefined,
    isGood: isRequired ? isPlain : (value) => value === null || isPlain(value),
  };
}

function plainValuesOf(type: unknown): ((value: unknown) => boolean) | undefined {
  if (isScalarType(type)) return Object.hasOwn(plainScalars, type.name) ? plainScalars[type.name] : undefined;
  return isEnumType(type) ? (value) => typeof value === 'string' && type.getValue(value)?.value === value : undefined;
}
