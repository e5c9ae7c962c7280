import { executorFaults } from './executor-faults.ts';
import { type OperationFacts, readOperation, reliedArguments } from './operation-facts.ts';
import { fieldOf } from './relied-upon.ts';
import { interfaceObjectTypes, requiresSomething } from './world-facts.ts';
import type { Case, World } from './world.ts';

/** A wrong answer whose cause is known: the fuzzer passes by the cases that may meet it. */
export interface KnownFault {
  readonly name: string;
  /** Whether a case may meet it. It may say so of more cases than do, never of fewer. */
  mayMeet(world: World, testCase: Case, operation: OperationFacts): boolean;
}

/** What Apollo's planner does wrong. Each has a minimal case in known-faults.test.ts; an entry goes when its case is right. */
export const plannerFaults: readonly KnownFault[] = [
  {
    name: 'two fields require the same field with different arguments',
    mayMeet({ facts }, _, { fields }) {
      const required = fields.flatMap(({ node, types }) =>
        types.flatMap((type) => {
          const selection = fieldOf(facts, type, node.name.value)?.requires;
          return selection ? [{ type, selection, for: 'requires' as const }] : [];
        }),
      );
      return [...reliedArguments(facts, required).values()].some((args) => args.size > 1);
    },
  },
  {
    name: 'a field of an interface object with @requires is asked of some of its types',
    mayMeet: ({ facts }, _, { fields, conditions }) =>
      conditions.length > 0 &&
      fields.some(
        (field) => requiresSomething(facts, field) && field.types.some((type) => interfaceObjectTypes(facts).has(type)),
      ),
  },
];

/** The first known fault that a case may meet, by name; null when its answer must be right. */
export function knownFaultOf(world: World, testCase: Case): string | null {
  const operation = readOperation(world, testCase.document);
  const found = [...plannerFaults, ...executorFaults].find((fault) => fault.mayMeet(world, testCase, operation));
  return found?.name ?? null;
}
