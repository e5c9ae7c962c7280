import fc from 'fast-check';
import {
  type ArgumentNode,
  astFromValue,
  type ConstValueNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  Kind,
  parseType,
  parseValue,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';

/** A variable that any operation on a schema may use. */
export interface PooledVariable {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly definition: VariableDefinitionNode;
  readonly hasDefault: boolean;
}

/** The variables for all types of arguments: nullable, with a default, non-null. */
export function poolVariables(schema: GraphQLSchema): readonly PooledVariable[] {
  const types = new Map<string, GraphQLInputType>();
  const collect = (type: GraphQLInputType): void => {
    const bare = isNonNullType(type) ? type.ofType : type;
    if (types.has(String(bare))) return;
    types.set(String(bare), bare);
    if (isListType(bare)) collect(bare.ofType);
    if (isInputObjectType(bare)) for (const field of Object.values(bare.getFields())) collect(field.type);
  };
  const args = Object.values(schema.getTypeMap()).flatMap((type) =>
    'getFields' in type && !isInputObjectType(type) && !type.name.startsWith('__')
      ? Object.values(type.getFields()).flatMap((field) => field.args)
      : [],
  );
  for (const { type } of args) collect(type);
  return [...types].flatMap(([text, type]) => {
    const base = text.replaceAll('[', 'listOf').replaceAll(/[!\]]/g, '');
    return [
      pooled(`${base}Maybe`, text, type),
      pooled(`${base}Default`, text, type, defaultFor(type)),
      pooled(`${base}Sure`, `${text}!`, type),
    ];
  });
}

/** Arguments for a field: required ones always, others sometimes. */
export function drawArguments(
  args: readonly GraphQLArgument[],
  pool: readonly PooledVariable[],
): fc.Arbitrary<readonly ArgumentNode[]> {
  const each = args.map((arg) => {
    const value = drawValue(arg.type, pool, 2).map((node): ArgumentNode => ({
      kind: Kind.ARGUMENT,
      name: nameNode(arg.name),
      value: node,
    }));
    return isRequiredArgument(arg) ? value.map((node) => [node]) : fc.option(value, { nil: null }).map(listOf);
  });
  return fc.tuple(...each).map((lists) => lists.flat());
}

/** Values for the variables that an operation declares; those that need not be given are sometimes missing or null. */
export function drawVariables(pool: readonly PooledVariable[]): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const each = pool.map(({ name, type, definition, hasDefault }) => {
    const isSure = definition.type.kind === Kind.NON_NULL_TYPE;
    const value = drawJson(type, 2);
    const entry = (given: unknown) => [[name, given]];
    if (isSure && !hasDefault) return value.map(entry);
    return fc.oneof(
      { weight: 3, arbitrary: value.map(entry) },
      fc.constant([]),
      ...(isSure ? [] : [fc.constant([[name, null]])]),
    );
  });
  return fc.tuple(...each).map((entries) => Object.fromEntries(entries.flat()));
}

const nameNode = (value: string) => ({ kind: Kind.NAME as const, value });
const listOf = <Item>(item: Item | null): Item[] => (item === null ? [] : [item]);

function pooled(name: string, text: string, type: GraphQLInputType, defaultValue?: string): PooledVariable {
  const definition: VariableDefinitionNode = {
    kind: Kind.VARIABLE_DEFINITION,
    variable: { kind: Kind.VARIABLE, name: nameNode(name) },
    type: parseType(text, { noLocation: true }),
    ...(defaultValue === undefined
      ? {}
      : { defaultValue: parseValue(defaultValue, { noLocation: true }) as ConstValueNode }),
  };
  return { name, type, definition, hasDefault: defaultValue !== undefined };
}

function defaultFor(type: GraphQLInputType): string {
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? 'null';
  if (isInputObjectType(type)) return '{ least: 7 }';
  const byName: Readonly<Record<string, string>> = {
    Int: '5',
    Float: '1.5',
    Boolean: 'true',
    String: '"by default"',
    ID: '"id"',
  };
  return byName[String(type)] ?? 'null';
}

function drawValue(type: GraphQLInputType, pool: readonly PooledVariable[], depth: number): fc.Arbitrary<ValueNode> {
  const isSure = isNonNullType(type);
  const bare = isNonNullType(type) ? type.ofType : type;
  const variables = pool.filter(
    ({ type: of, definition }) =>
      String(of) === String(bare) && (!isSure || definition.type.kind === Kind.NON_NULL_TYPE),
  );
  const choices: fc.WeightedArbitrary<ValueNode>[] = [{ weight: 4, arbitrary: drawLiteral(bare, pool, depth) }];
  if (variables.length > 0)
    choices.push({
      weight: 4,
      arbitrary: fc
        .constantFrom(...variables)
        .map(({ name }): ValueNode => ({ kind: Kind.VARIABLE, name: nameNode(name) })),
    });
  if (!isSure) choices.push({ weight: 1, arbitrary: fc.constant({ kind: Kind.NULL }) });
  return fc.oneof(...choices);
}

function drawLiteral(type: GraphQLInputType, pool: readonly PooledVariable[], depth: number): fc.Arbitrary<ValueNode> {
  if (isListType(type)) {
    const item = drawValue(type.ofType, pool, depth - 1);
    const single = drawLiteral(isNonNullType(type.ofType) ? type.ofType.ofType : type.ofType, pool, depth - 1);
    const list = fc.array(item, { maxLength: 2 }).map((values): ValueNode => ({ kind: Kind.LIST, values }));
    return fc.oneof({ weight: 4, arbitrary: list }, single);
  }
  if (!isInputObjectType(type)) return drawJson(type, 0).map((json) => astFromValue(json, type) ?? { kind: Kind.NULL });
  const fields = Object.values(type.getFields()).filter((field) => depth > 0 || isRequiredInputField(field));
  const each = fields.map((field) =>
    fc
      .option(drawValue(field.type, pool, depth - 1), { nil: null, freq: 1 })
      .map((value) =>
        listOf(value).map((node) => ({ kind: Kind.OBJECT_FIELD as const, name: nameNode(field.name), value: node })),
      ),
  );
  return fc.tuple(...each).map((lists): ValueNode => ({ kind: Kind.OBJECT, fields: lists.flat() }));
}

function drawJson(type: GraphQLInputType, depth: number): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return drawJson(type.ofType, depth);
  if (isListType(type)) return fc.array(drawJson(type.ofType, depth - 1), { maxLength: 2 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (isInputObjectType(type)) {
    if (depth <= 0) return fc.constant({});
    const fields = Object.values(type.getFields()).map(
      (field) => [field.name, drawJson(field.type, depth - 1)] as const,
    );
    return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
  }
  const byName: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    Int: fc.integer({ min: 0, max: 3 }),
    Float: fc.constantFrom(0, 0.5, 2),
    Boolean: fc.boolean(),
  };
  return byName[String(type)] ?? fc.constantFrom('', 'a', 'ü"\\ $x');
}
