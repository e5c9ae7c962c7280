import { isAbstractType } from 'graphql';
import { executorFaults } from './executor-faults.ts';
import {
  isAllConditional,
  type OperationFacts,
  printArguments,
  readOperation,
  reliedArguments,
} from './operation-facts.ts';
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
    name: 'a response name equals a field that the plan fetches, but stands for something else',
    mayMeet(world, _, { fields }) {
      const hasRequires = fields.some((field) => requiresSomething(world.facts, field));
      const relied = reliedArguments(
        world.facts,
        world.facts.reliedUpon.filter((use) => use.for === 'key' || (use.for === 'requires' && hasRequires)),
      );
      return fields.some(({ node, types }) => {
        const responseName = node.alias?.value ?? node.name.value;
        return types.some((type) => {
          const fetched = relied.get(`${type}.${responseName}`);
          if (!fetched) return false;
          return node.name.value !== responseName || [...fetched].some((args) => args !== printArguments(node));
        });
      });
    },
  },
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
    name: 'a condition on an abstract type is put on an interface object',
    mayMeet: ({ facts, schema }, _, { conditions }) =>
      conditions.some(({ on, condition }) => {
        const type = schema.getType(condition);
        if (on.name === condition || !isAbstractType(type)) return false;
        return schema.getPossibleTypes(type).some(({ name }) => interfaceObjectTypes(facts).has(name));
      }),
  },
  {
    name: 'nothing is asked of an object when variables decide on all that it is asked for',
    mayMeet: (_, { document }, { fields }) =>
      fields.some(({ node }) => node.selectionSet && isAllConditional(document, node.selectionSet)),
  },
  {
    name: 'a field with @requires on which a variable decides takes its siblings along',
    mayMeet: (world, _, { fields }) =>
      fields.some((field) => field.isConditional && requiresSomething(world.facts, field)),
  },
];

/** The first known fault that a case may meet, by name; null when its answer must be right. */
export function knownFaultOf(world: World, testCase: Case): string | null {
  const operation = readOperation(world, testCase.document);
  const found = [...plannerFaults, ...executorFaults].find((fault) => fault.mayMeet(world, testCase, operation));
  return found?.name ?? null;
}
