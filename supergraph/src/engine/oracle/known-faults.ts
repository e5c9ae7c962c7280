import { isUnionType } from 'graphql';
import { directives, type Facts, isFieldsDefinition } from './facts.ts';
import { askedFields, printArguments, reliedArguments, typeConditions } from './operation-facts.ts';
import { concreteTypes, fieldOf } from './relied-upon.ts';
import type { Case, World } from './world.ts';

/** A wrong answer whose cause is known: the fuzzer passes by the cases that may meet it. */
export interface KnownFault {
  readonly name: string;
  /** What is wrong: Apollo's planner, or the executor behind the engine. */
  readonly of: 'planner' | 'executor';
  /** Whether a case may meet it. It may say so of more cases than do, never of fewer. */
  mayMeet(world: World, testCase: Case): boolean;
}

/** Every known fault. Each has a minimal case in known-faults.test.ts; an entry goes when its case is right. */
export const knownFaults: readonly KnownFault[] = [
  {
    name: 'a response name equals a field that the plan fetches, but stands for something else',
    of: 'planner',
    mayMeet({ facts, ...world }, { document }) {
      const relied = reliedArguments(facts);
      return askedFields({ facts, ...world }, document).some(({ node, types }) => {
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
    of: 'planner',
    mayMeet(world, { document }) {
      const { facts } = world;
      const required = askedFields(world, document).flatMap(({ node, types }) =>
        types.flatMap((type) => {
          const selection = fieldOf(facts, type, node.name.value)?.requires;
          return selection ? [{ type, selection, isKey: false }] : [];
        }),
      );
      return [...reliedArguments(facts, required).values()].some((args) => args.size > 1);
    },
  },
  {
    name: 'a condition on a union is put on an interface object',
    of: 'planner',
    mayMeet: (world, { document }) =>
      hasInterfaceObject(world.facts) &&
      typeConditions(world, document).some(({ condition }) => isUnionType(world.schema.getType(condition))),
  },
  {
    name: 'a fetch from an interface object overwrites __typename',
    of: 'executor',
    mayMeet: ({ facts, ...world }, { document }) =>
      askedFields({ facts, ...world }, document).some(({ types }) =>
        types.some((type) => interfaceObjectTypes(facts).has(type)),
      ),
  },
  {
    name: 'what stands in a condition on a union is lost',
    of: 'executor',
    mayMeet: (world, { document }) =>
      typeConditions(world, document).some(
        ({ on, condition }) => on.name !== condition && isUnionType(world.schema.getType(condition)),
      ),
  },
  {
    name: '@requires of a list of lists gets nulls',
    of: 'executor',
    mayMeet: ({ facts, ...world }, { document }) =>
      askedFields({ facts, ...world }, document).some(({ node, types }) =>
        types.some((type) => fieldOf(facts, type, node.name.value)?.requires),
      ) && [...facts.fields.values()].some(({ type }) => JSON.stringify(type).split('ListType').length > 2),
  },
];

function hasInterfaceObject(facts: Facts): boolean {
  return interfaceObjectTypes(facts).size > 0;
}

/** The interface objects and the types behind them. */
function interfaceObjectTypes(facts: Facts): ReadonlySet<string> {
  const names = facts.subgraphs.flatMap(({ document }) =>
    document.definitions.flatMap((definition) =>
      isFieldsDefinition(definition) && directives(definition, 'interfaceObject').length > 0
        ? [definition.name.value]
        : [],
    ),
  );
  return new Set(names.flatMap((name) => [name, ...concreteTypes(facts, name)]));
}
