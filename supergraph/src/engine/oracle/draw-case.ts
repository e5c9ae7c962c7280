import fc from 'fast-check';
import { print } from 'graphql';
import { drawVariables } from './draw-arguments.ts';
import { createOperationSource } from './draw-operation.ts';
import type { Fault } from './faults.ts';
import type { Case, World } from './world.ts';

/** Draws cases for a world: an operation, variables, data and, in half of the cases, something that goes wrong. */
export function drawCases(world: World): fc.Arbitrary<Case> {
  const { pool, operations } = createOperationSource(world.schema);
  const data = fc.record({
    seed: fc.integer({ min: 0, max: 9_999 }),
    nullPercent: fc.constantFrom(0, 15, 40),
    longestList: fc.constantFrom(1, 2, 3),
  });
  return fc
    .tuple(operations, drawVariables(pool), data, drawFaults(world))
    .map(([document, values, settings, faults]) => {
      const [operation] = document.definitions;
      const declared = new Set(
        operation && 'variableDefinitions' in operation
          ? operation.variableDefinitions?.map(({ variable }) => variable.name.value)
          : [],
      );
      const variables = Object.fromEntries(Object.entries(values).filter(([name]) => declared.has(name)));
      return { document, source: print(document), variables, data: settings, faults };
    });
}

function drawFaults({ facts, reliance }: World): fc.Arbitrary<readonly Fault[]> {
  const objects = [...facts.fields.keys()].filter((coordinate) => {
    const type = coordinate.split('.')[0] ?? '';
    return facts.subgraphs.some(({ name }) => facts.possibleTypes(name, type).includes(type));
  });
  const coordinates = objects.filter((coordinate) => !reliance.has(coordinate));
  const half = fc.constantFrom(null, 0 as const, 1 as const);
  const field = fc.record({ coordinate: fc.constantFrom(...coordinates), half });
  const errors = fc.array(
    field.map((at): Fault => ({ kind: 'error', ...at })),
    { minLength: 1, maxLength: 4 },
  );
  const nulls = fc.array(
    field.map((at): Fault => ({ kind: 'null', ...at })),
    { minLength: 1, maxLength: 4 },
  );
  const down = fc
    .constantFrom(...facts.subgraphs.map(({ name }) => name))
    .map((subgraph): readonly Fault[] => [{ kind: 'down', subgraph }]);
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: errors },
    { weight: 2, arbitrary: nulls },
    down,
  );
}
