import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  buildSchema,
  type DocumentNode,
  execute,
  type ExecutionResult,
  Kind,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { compileOperation } from './compile-operation.ts';
import { drawDocument } from './testing/document.ts';
import { createWorld } from './testing/world.ts';

const rules = specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule && rule !== NoUnusedVariablesRule);
const contextValue = { caller: 'somebody' };
const someVariables = fc.record(
  {
    n: fc.constantFrom<unknown>(1, 2, null, 'x'),
    five: fc.constantFrom(4, null),
    list: fc.constantFrom<unknown>([7], 8, null),
    flag: fc.boolean(),
  },
  { requiredKeys: [], noNullPrototype: true },
);

describe('a compiled operation', () => {
  it('gives what graphql-js gives, to the order of keys and errors', async () => {
    const seen = { faultless: 0, faulty: 0 };
    const property = fc.asyncProperty(fc.gen(), fc.nat(), someVariables, async (gen, seed, variableValues) => {
      const text = drawDocument((count) => gen(fc.nat, { max: count - 1 }));
      const { schema, rootValue } = createWorld(seed);
      const document = parse(text);
      fc.pre(validate(schema, document, rules).length === 0);
      const execution = { rootValue, contextValue, variableValues };

      const compiled = compileOperation(schema, document, operationOf(document));
      const given = await compiled(execution);
      const expected = await execute({ schema, document, ...execution });

      expect(describeResult(given)).toEqual(describeResult(expected));
      seen[given.errors ? 'faulty' : 'faultless'] += 1;
    });
    await fc.assert(property, { numRuns: 500 });

    expect(Math.min(seen.faultless, seen.faulty)).toBeGreaterThan(50);
  });

  it('waits for nothing when there is nothing to wait for', () => {
    const compiled = compile('{ one { id } many { id } }');

    expect(compiled({ one: { id: 1 }, many: [{ id: 2 }, null] })).toEqual({
      data: { one: { id: '1' }, many: [{ id: '2' }, null] },
    });
  });

  it('leaves no rejection unheard when an item fails at once after one that fails later', async () => {
    const late = Promise.withResolvers<never>();
    const compiled = compile('{ mustMany { id } }');

    const result = compiled({ mustMany: [{ id: () => late.promise }, null] });
    late.reject(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));

    expect(JSON.parse(JSON.stringify(result))).toEqual({
      data: { mustMany: null },
      errors: [expect.objectContaining({ message: 'Cannot return null for non-nullable field Query.mustMany.' })],
    });
  });

  it('runs the fields of a mutation one after the other', async () => {
    const seen: string[] = [];
    const say = (word: string) => async () =>
      seen.push(`${word} begins`) && Promise.resolve().then(() => seen.push(`${word} ends`));
    const compiled = compile('mutation { first second }');

    await compiled({ first: say('first'), second: say('second') });

    expect(seen).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  it('answers what is wrong with variables and executes nothing', () => {
    const compiled = compile('query($id: ID!) { byId(id: $id) }');

    expect(compiled({ byId: () => 'executed' }, {})).toEqual({
      errors: [expect.objectContaining({ message: 'Variable "$id" of required type "ID!" was not provided.' })],
    });
  });
});

function compile(text: string) {
  const document = parse(text);
  const schema = buildSchema(`
    type One { id: ID! }
    type Query { one: One many: [One] mustMany: [One!] byId(id: ID!): ID }
    type Mutation { first: Int second: Int }
  `);
  const compiled = compileOperation(schema, document, operationOf(document));
  return (rootValue: object, variableValues = {}) => compiled({ rootValue, contextValue: {}, variableValues });
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('no operation');
  return operation;
}

function describeResult({ data, errors }: ExecutionResult): unknown {
  return { text: JSON.stringify(data), errors: errors?.map((error) => [error.toJSON(), error.originalError]) };
}
