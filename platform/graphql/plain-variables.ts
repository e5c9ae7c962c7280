import {
  type GraphQLSchema,
  isEnumType,
  isInputType,
  isListType,
  isNonNullType,
  isScalarType,
  type OperationDefinitionNode,
  typeFromAST,
  type TypeNode,
  valueFromAST,
  type VariableDefinitionNode,
} from 'graphql';

/** Variables by name, as a request gives them or as an execution gets them. */
export type Variables = Readonly<Record<string, unknown>>;

/** A variable whose good values are what they are coerced to. */
interface PlainVariable {
  readonly name: string;
  /** What it is when it is not given; undefined when it is then not there. */
  readonly byDefault: unknown;
  readonly mayBeMissing: boolean;
  readonly isGood: IsGood;
}

type IsGood = (value: unknown) => boolean;

const none: Variables = Object.freeze({});
const largestInt = 2 ** 31;

/** What scalars take as it is. Sources: GraphQL October 2021, 3.5.1 to 3.5.5; Apollo Federation's subgraph specification, `_Any` */
const plainScalars: Readonly<Record<string, IsGood>> = {
  Int: (value) => Number.isInteger(value) && Number(value) < largestInt && Number(value) >= -largestInt,
  Float: (value) => Number.isFinite(value),
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  ID: (value) => typeof value === 'string',
  _Any: (value) => value !== null && value !== undefined,
};

/**
 * Compiles how the variables of an operation are taken over: scalars and enums that need no coercion, and lists of them, are looked at and
 * taken as they are. Null for what has to change or is wrong, and for operations with other variables: graphql-js knows about those.
 */
export function compilePlainVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): (given: Variables) => Variables | null {
  if (variableDefinitions.length === 0) return () => none;
  const plain = variableDefinitions.map((definition) => readPlainVariable(schema, definition));
  return plain.every((variable) => variable !== null) ? (given) => takeOver(plain, given) : () => null;
}

function takeOver(plain: readonly PlainVariable[], given: Variables): Variables | null {
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

/** Null for one whose good values may have to change, and for a default that is an object of its own for each request. */
function readPlainVariable(
  schema: GraphQLSchema,
  { variable, type: node, defaultValue }: VariableDefinitionNode,
): PlainVariable | null {
  const type = typeFromAST(schema, node as TypeNode);
  const isGood = isInputType(type) ? goodValuesOf(type) : null;
  const byDefault: unknown = defaultValue && isInputType(type) ? valueFromAST(defaultValue, type) : undefined;
  if (!isGood || (typeof byDefault === 'object' && byDefault !== null)) return null;
  const mayBeMissing = !isNonNullType(type) || defaultValue !== undefined;
  return { name: variable.name.value, byDefault, mayBeMissing, isGood };
}

function goodValuesOf(type: unknown): IsGood | null {
  if (isNonNullType(type)) return plainValuesOf(type.ofType);
  const isPlain = plainValuesOf(type);
  return isPlain && ((value) => value === null || isPlain(value));
}

function plainValuesOf(type: unknown): IsGood | null {
  if (isScalarType(type)) return (Object.hasOwn(plainScalars, type.name) && plainScalars[type.name]) || null;
  if (isEnumType(type)) return (value) => typeof value === 'string' && type.getValue(value)?.value === value;
  const isGoodItem = isListType(type) ? goodValuesOf(type.ofType) : null;
  return isGoodItem && ((value) => Array.isArray(value) && value.every((item) => isGoodItem(item)));
}
