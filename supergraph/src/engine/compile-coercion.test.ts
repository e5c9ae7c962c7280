import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildSchema, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { compileCoercion } from './compile-coercion.ts';
import { coerceVariables } from './operation.ts';

const schema = buildSchema(`
  scalar Json
  scalar _Any
  enum Colour { RED GREEN }
  input Range { from: Int = 1, to: Int! }
  type Query { all(id: ID, x: Float, s: String, b: Boolean): Int }
`);
const types = [
  'Int',
  'Float',
  'String',
  'Boolean',
  'ID',
  'Colour',
  'Range',
  'Json',
  '[Int!]',
  '[[Int]!]',
  '[_Any!]',
  '[Colour]',
  'Query',
  'Nothing',
];
const defaults: Readonly<Record<string, readonly string[]>> = {
  Int: ['3', 'null'],
  String: ['"x"'],
  ID: ['"1"', '1'],
  Colour: ['GREEN'],
  '[Int!]': ['[1]', '1'],
};

const aDefinition = fc
  .record({ type: fc.constantFrom(...types), isRequired: fc.boolean(), byDefault: fc.nat(2) })
  .map(({ type, isRequired, byDefault }) => {
    const text = defaults[type]?.[byDefault];
    return `${type}${isRequired ? '!' : ''}${text === undefined || (isRequired && text === 'null') ? '' : ` = ${text}`}`;
  });
const aValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    '',
    'RED',
    'BLUE',
    'toString',
    0,
    -0,
    1.5,
    NaN,
    [1],
    [null],
    [[1, null]],
    [['1']],
    ['RED', null],
    ['BLUE'],
    [{}],
    {},
  ),
  fc.constantFrom<unknown>(2 ** 31, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) - 1, Infinity, { to: 2 }, { to: '2' }),
  fc.integer(),
  fc.string(),
);

function outcomeOf(coerce: () => unknown): unknown {
  try {
    return { coerced: coerce() };
  } catch (fault) {
    return { fault };
  }
}

describe('compiled coercion', () => {
  it('says of any variables what graphql-js says', () => {
    const asked = fc.tuple(
      fc.array(aDefinition, { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('v0', 'v1', 'v2', 'other'), aValue, { noNullPrototype: false }),
    );
    fc.assert(
      fc.property(asked, ([definitions, given]) => {
        const declared = definitions.map((definition, at) => `$v${at}: ${definition}`).join(' ');
        const operation = readOperation(`query Asked${declared ? `(${declared})` : ''} { all }`);
        const compiled = compileCoercion(schema, operation);

        expect(outcomeOf(() => compiled(given))).toEqual(outcomeOf(() => coerceVariables(schema, operation, given)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes over what is good as it is, and fills in defaults', () => {
    const compiled = compileCoercion(schema, readOperation('query($id: ID!, $c: Colour, $n: Int = 3) { all }'));
    const given = { id: 'x', c: 'RED', more: {} };

    expect(compiled(given)).toEqual({ id: 'x', c: 'RED', n: 3 });
    expect(() => compiled({ id: 1.5 })).toThrow('ID cannot represent value: 1.5');
  });
});

function readOperation(text: string): OperationDefinitionNode {
  const [operation] = parse(text).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return operation;
}
